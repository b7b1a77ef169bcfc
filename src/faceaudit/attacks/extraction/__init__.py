"""Extraction: a system copied by asking it about one's own photos."""

from faceaudit.attacks.extraction.base import (
    Answers,
    Asked,
    ExtractionAttack,
    Photos,
    VictimOracle,
    extraction_attacks,
)

__all__ = [
    "Answers",
    "Asked",
    "ExtractionAttack",
    "Photos",
    "VictimOracle",
    "extraction_attacks",
]
