"""Labels only: a verifier that says yes or no, and not how sure it is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import FloatArray


@membership_mitigations.register
class HardLabels(MembershipMitigation):
    """Answers are 1 (one person) or 0; no decision changes.

    What is left are the decisions themselves: a verifier that is right more often about pairs it
    learned from still says so, and how far a pair is from being decided otherwise can be found by
    asking about changed photos (Choquette-Choo et al. 2021).
    """

    name: ClassVar[str] = "hard_labels"
    paper: ClassVar[str] = (
        "Shokri, Stronati, Song, Shmatikov 2017, arXiv 1610.05820, section VIII; its limits: "
        "Choquette-Choo, Tramer, Carlini, Papernot 2021, arXiv 2007.14321"
    )

    def verifiers(self, task: Task, stack: PredictorBank) -> VerifierBank:
        """Return the plainly trained verifiers, answering with labels."""
        plain = super().verifiers(task, stack)
        return VerifierBank(plain.stack, user_backbones=plain.user_backbones, answer=_label)


def _label(probability: FloatArray, model: int) -> FloatArray:
    del model
    return (probability >= 0.5).astype(np.float32)
