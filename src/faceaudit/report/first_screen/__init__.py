"""The first screen of the report: a card a threat, and what was not tested."""

from faceaudit.report.first_screen.card import Card, FirstScreen, LimitLine, NotTested
from faceaudit.report.first_screen.cards import KindCases, by_kind, first_screen, of

__all__ = [
    "Card",
    "FirstScreen",
    "KindCases",
    "LimitLine",
    "NotTested",
    "by_kind",
    "first_screen",
    "of",
]
