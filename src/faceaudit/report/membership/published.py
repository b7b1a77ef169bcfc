"""What FaceBone reported of itself, to stand beside what was measured here.

The figures are those of FaceBone's own report: a verifier on LFW pairs, without and with several
backbones, attacked by gradient boosting on its answers. They are kept here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s own report"
COMMAND = "faceaudit run examples/facebone-as-published.yaml"
"""What runs the evaluation as it was published."""


@dataclass(frozen=True)
class ReportedPrivacy:
    """FaceBone's figures for one kind of verifier.

    Attributes:
        accuracy: share of pairs that the verifier decides rightly.
        attack_accuracy: share of pairs that the attack rightly takes for members, or for others.
    """

    accuracy: float
    attack_accuracy: float


REPORTED_PRIVACY = {
    "none": ReportedPrivacy(0.86, 0.97),
    "facebone": ReportedPrivacy(0.89, 0.82),
}
