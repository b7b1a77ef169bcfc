"""A distance with a learned threshold in the place of a network, which memorises little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import Predictor, PredictorBank, predictors

if TYPE_CHECKING:
    from torch import Tensor


@membership_mitigations.register
class DistanceThreshold(MembershipMitigation):
    """Verifiers decide by a distance whose threshold is learned from the same pairs.

    A verifier keeps two numbers of its pairs, so it answers nearly alike about members and
    non-members; the price is what a network would have learned beyond the distance.
    """

    name: ClassVar[str] = "distance_threshold"
    paper: ClassVar[str] = (
        "Huang, Ramesh, Berg, Learned-Miller 2007, UMass 07-49 (a threshold learned from pairs); "
        "why a smaller gap leaks less: Yeom, Giacomelli, Fredrikson, Jha 2018, arXiv 1709.01604"
    )

    distance: Literal["cosine", "euclidean", "chi_square", "bhattacharyya"] = Field(
        "cosine", description="between the two embeddings of a pair"
    )

    def train(self, task: Task) -> PredictorBank:
        """Return the M thresholds, each learned from its verifier's rows."""
        return self._predictor().fit(
            task.pairs.data(), task.rows, task.seeds, progress=task.progress, title=task.title
        )

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Rebuild the thresholds from saved tensors; the task's own predictor is not used."""
        del task
        return self._predictor().restore(state)

    def identity(self) -> dict[str, Any]:
        """Return what determines the answers: the version of the distance's predictor, too."""
        return {**super().identity(), "predictor": self._predictor().identity()}

    def _predictor(self) -> Predictor:
        return predictors.build(self.distance)
