"""Base classes of mitigations: other ways to train verifiers, or changes to their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.predictors import Predictor, PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import IntArray

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.systems.verifiers.verifier import Query


@dataclass(frozen=True, eq=False)
class Task:
    """M verifiers to train.

    Attributes:
        pairs: P pairs of photos, embedded.
        rows: (M, n) the pairs that each verifier is trained on, in the order of its list.
        validation: (V,) pairs that no verifier is trained on and no attack is scored on.
        predictor: the predictor to train, with its options.
        seeds: M seeds.
        progress: told of every step.
        title: the name of the training there.
        unmitigated: returns the predictors trained without mitigation, where a caller keeps them.
    """

    pairs: EmbeddedPairs
    rows: IntArray
    validation: IntArray
    predictor: Predictor
    seeds: Sequence[int]
    progress: Progress = silent
    title: str = "verifiers"
    unmitigated: Callable[[], PredictorBank] | None = None


class MembershipMitigation(Component):
    """A way to train verifiers, or to answer; an author overrides `train`, `verifiers`, or both.

    The base does nothing special: each verifier is trained on its pairs as the first backbone
    embeds them, and is asked the same way. A mitigation whose predictors are not the task's own
    overrides `restore` too; one whose users ask otherwise says so in `user_query`.
    """

    family: ClassVar[str] = "membership_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    several: ClassVar[bool] = False
    """Whether verifiers are trained on embeddings by several backbones."""
    keeps_decisions: ClassVar[bool] = False
    """Whether changed answers accept and reject as the unchanged ones do."""

    def train(self, task: Task) -> PredictorBank:
        """Return the M trained predictors; everything slow happens here, once."""
        return task.predictor.fit(
            task.pairs.data(), task.rows, task.seeds, progress=task.progress, title=task.title
        )

    def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
        """Return the verifiers that users and attackers ask, from the predictors of `train`."""
        return VerifierBank(bank, user_backbones=one_backbone(task.pairs, 0))

    def used(self, pairs: EmbeddedPairs) -> int:
        """Return with how many of the backbones pairs are learned, the first ones."""
        return len(pairs.backbones) if self.several else 1

    def user_query(self) -> Query:
        """Return how users ask a verifier that is kept for use: with the first backbone.

        `verifiers` says it of known pairs; a verifier in a file has to know it of any photo.
        """
        from faceaudit.systems.verifiers.verifier import Query  # noqa: PLC0415 - slow to load

        return Query()

    def trained_as(self) -> dict[str, Any]:
        """Return the options that affect training; they are the cache key of the trained verifiers.

        The version is among them. A mitigation that only changes answers is trained as no
        mitigation is, once for all of them.
        """
        if type(self).train is MembershipMitigation.train:
            return membership_mitigations.build("none").identity()
        return self.identity()

    def facts(self, task: Task, bank: PredictorBank) -> dict[str, Any]:
        """Return what was chosen or is guaranteed, for people to read; plain values."""
        del task, bank
        return {}

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Rebuild the trained predictors from saved tensors."""
        return task.predictor.restore(state)


membership_mitigations: Registry[MembershipMitigation] = Registry(
    MembershipMitigation, "faceaudit.mitigations.membership"
)


def one_backbone(pairs: EmbeddedPairs, backbone: int) -> IntArray:
    """Return (P, 1): this backbone for every pair."""
    return np.full((len(pairs), 1), backbone, dtype=np.int64)
