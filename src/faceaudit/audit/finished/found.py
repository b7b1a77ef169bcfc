"""What a part of an audit of a finished system returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faceaudit.records.facts import Facts
from faceaudit.records.groups import GroupFacts
from faceaudit.types import Evidence, Figure


@dataclass(frozen=True, eq=False)
class Found:
    """The figures of one part, and what they rest on.

    Attributes:
        figures: estimates, or why there are none.
        evidence: one row a photo or pair that was asked about; None where nothing was asked.
        asked: how many photos or pairs those are.
        facts: of the part, under their name in `FinishedFacts`.
        groups: what figures are given by group of.
    """

    figures: tuple[Figure, ...]
    evidence: Evidence | None = None
    asked: int = 0
    facts: Mapping[str, Facts] = field(default_factory=dict)
    groups: tuple[GroupFacts, ...] = ()
