"""What every mitigation has: it trains verifiers its own way, or changes what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.predictors import Predictor, PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import IntArray


@dataclass(frozen=True, eq=False)
class Task:
    """M verifiers to train.

    Attributes:
        pairs: P pairs of photos, embedded.
        rows: (M, n) which pairs each verifier is trained on, in the order of its list.
        validation: (V,) pairs that no verifier is trained on and no attack is scored on.
        predictor: what decides.
        seeds: M seeds.
        progress: told of every step.
        title: what to call the training there.
        undefended: returns the predictors without mitigation, where somebody keeps them.
    """

    pairs: EmbeddedPairs
    rows: IntArray
    validation: IntArray
    predictor: Predictor
    seeds: Sequence[int]
    progress: Progress = silent
    title: str = "verifiers"
    undefended: Callable[[], PredictorBank] | None = None


class MembershipMitigation(Component):
    """A way to train verifiers; one file in this package adds one.

    The base does nothing special: each verifier learns from its pairs as the first backbone sees
    them and is asked the same way. A mitigation overrides `train`, `verifiers`, or both.
    """

    family: ClassVar[str] = "membership_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    several: ClassVar[bool] = False
    """Whether pairs are learned as several backbones see them."""

    def train(self, task: Task) -> PredictorBank:
        """Return the M trained predictors; what takes time is done here, once."""
        return task.predictor.fit(
            task.pairs.data(), task.rows, task.seeds, progress=task.progress, title=task.title
        )

    def verifiers(self, task: Task, stack: PredictorBank) -> VerifierBank:
        """Return the verifiers that users and attackers ask, from what `train` returned."""
        return VerifierBank(stack, user_backbones=one_backbone(task.pairs, 0))

    def trained_as(self) -> dict[str, Any]:
        """Return what of the mitigation determines what `train` returns, as plain values.

        Mitigations that only change answers are trained as no mitigation is: once for all of them.
        """
        if type(self).train is MembershipMitigation.train:
            return {"mitigation": "none"}
        return self.spec().as_json()

    def facts(self, task: Task, stack: PredictorBank) -> dict[str, Any]:
        """Return what was chosen or is guaranteed, for people to read; plain values."""
        del task, stack
        return {}

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Return what `train` returned, from its state."""
        return task.predictor.restore(state)


membership_mitigations: Registry[MembershipMitigation] = Registry(
    MembershipMitigation, "faceaudit.mitigations.membership"
)


def one_backbone(pairs: EmbeddedPairs, backbone: int) -> IntArray:
    """Return (P, 1): every pair is seen by this backbone."""
    return np.full((len(pairs), 1), backbone, dtype=np.int64)
