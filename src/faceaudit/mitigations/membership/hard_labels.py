"""Hard labels: verifiers that answer with the decision alone, without a score."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import FloatArray


@membership_mitigations.register
class HardLabels(MembershipMitigation):
    """Answers are 1 (one person) or 0; no decision changes.

    The decisions themselves still leak: a verifier is right more often about pairs that it was
    trained on, and how far a pair is from the decision boundary can be found by asking about
    changed photos (Choquette-Choo et al. 2021).
    """

    name: ClassVar[str] = "hard_labels"
    keeps_decisions: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "Shokri, Stronati, Song, Shmatikov 2017, arXiv 1610.05820, section VIII; its limits: "
        "Choquette-Choo, Tramer, Carlini, Papernot 2021, arXiv 2007.14321"
    )

    def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
        """Return the verifiers trained without mitigation, answering with labels."""
        return replace(super().verifiers(task, bank), answer=_answer_label)


def _answer_label(probability: FloatArray, model: int) -> FloatArray:
    del model
    return (probability >= 0.5).astype(np.float32)
