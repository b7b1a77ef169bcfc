"""Mitigation: several networks have to agree."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations


@matching_mitigations.register
class Agreement(MatchingMitigation):
    """The least score of several networks decides, each in spreads of its strangers' scores.

    What passes one network alone is refused. It costs as many forward passes as there are networks.
    """

    name: ClassVar[str] = "agreement"
    paper: ClassVar[str] = (
        "the minimum rule of Kittler, Hatef, Duin, Matas 1998, On Combining Classifiers, IEEE "
        "TPAMI, on scores in spreads of strangers' (z-norm)"
    )

    count: int = Field(2, ge=2, description="networks that have to agree")

    @property
    def networks(self) -> int:
        """How many networks have to agree."""
        return self.count
