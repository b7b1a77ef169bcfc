"""No mitigation."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations


@matching_mitigations.register
class NoMatchingMitigation(MatchingMitigation):
    """One network, one enrolled photo, photos as they are."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "nothing is done; what others are compared with, 2026"
