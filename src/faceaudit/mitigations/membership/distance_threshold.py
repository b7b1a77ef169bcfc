"""A distance with a threshold in the place of a network: little that could remember a pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import Predictor, PredictorBank, predictors


@membership_mitigations.register
class DistanceThreshold(MembershipMitigation):
    """Verifiers decide by a distance whose threshold is learned from the same pairs.

    Two numbers are all that a verifier keeps of its pairs, so it answers nearly alike about those
    and about others; what a network would have learned beyond the distance is the price.
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
        """Return the thresholds of a state; the task's own predictor has no say."""
        del task
        return self._predictor().restore(state)

    def _predictor(self) -> Predictor:
        return predictors.build(self.distance)
