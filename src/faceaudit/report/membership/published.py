"""Figures that FaceBone's report gives, to stand beside those measured here.

The figures are those of FaceBone's own report: a verifier on LFW pairs, without and with several
backbones, attacked by gradient boosting on its answers. They are kept here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.report.membership.words import FACEBONE, NONE

SOURCE = "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s own report"
COMMAND = "faceaudit run facebone-as-published"
"""The command that runs the evaluation as it was published."""


@dataclass(frozen=True)
class Reported:
    """Figures of FaceBone's report for one kind of verifier.

    Attributes:
        accuracy: share of pairs that the verifier decides rightly.
        attack_accuracy: share of pairs that the attack rightly takes for members or nonmembers.
    """

    accuracy: float
    attack_accuracy: float


REPORTED = {NONE: Reported(0.86, 0.97), FACEBONE: Reported(0.89, 0.82)}
"""Figures by mitigation; they are given in whole per cent."""
