"""Rounding: verifiers that answer with few decimals."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import FloatArray


@membership_mitigations.register
class Rounding(MembershipMitigation):
    """Answers have few decimals; no decision changes.

    Each answer goes to the nearest multiple of 10 ** -digits on its own side of 0.5. So 0.47 and
    one digit is 0.4, not the 0.5 that would accept, and 0.5 and no digit is 1.
    """

    name: ClassVar[str] = "rounding"
    keeps_decisions: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "Fredrikson, Jha, Ristenpart 2015, CCS (rounded confidences); against membership: Shokri, "
        "Stronati, Song, Shmatikov 2017, arXiv 1610.05820, section VIII"
    )

    digits: int = Field(1, ge=0, le=6, description="decimals that are left of an answer")

    def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
        """Return the verifiers trained without mitigation, with rounded answers."""
        return replace(super().verifiers(task, bank), answer=self._answer_rounded)

    def _answer_rounded(self, probability: FloatArray, model: int) -> FloatArray:
        del model
        return rounded(probability, self.digits)


def rounded(probability: FloatArray, digits: int) -> FloatArray:
    """Return answers rounded to `digits` decimals, each still on its side of 0.5.

    >>> rounded(np.array([0.04, 0.449, 0.47, 0.5, 0.96], dtype=np.float32), 1).tolist()
    [0.0, 0.4000000059604645, 0.4000000059604645, 0.5, 1.0]
    """
    steps = 10**digits
    middle = (steps + 1) // 2  # the first multiple that accepts
    nearest = np.rint(probability.astype(np.float64) * steps)
    kept = np.where(
        probability >= 0.5, np.maximum(nearest, middle), np.minimum(nearest, middle - 1)
    )
    return np.asarray(kept / steps, dtype=np.float32)
