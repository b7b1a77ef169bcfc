"""Names of the figures of linkage audits, and the facts beside them."""

from __future__ import annotations

from typing import Final

from faceaudit.records.facts import Facts

KIND: Final = "linkage"
LINKED: Final = "linked"
"""Share of people linked, at a threshold fixed on other people's comparisons of the same sort."""
LINKED_FMR: Final = "linked_fmr"
"""Share of the attacked people's comparisons with one another that the same threshold lets in."""
AS_SYSTEM: Final = "linked_as_system"
"""Share of people linked, at the threshold by which the second database's system compares."""
AS_SYSTEM_FMR: Final = "linked_as_system_fmr"
"""Share of the attacked people's comparisons with one another that that threshold lets in."""
NAMED: Final = "named"
"""Share of people who are found first of all in the second database: rank 1."""
TPIR: Final = "named_tpir"
"""Share of people found there first, where few others are found who are not in it."""
D_SYS: Final = "d_sys"
LEAKAGE: Final = "maximal_leakage"
FLOOR: Final = "floor"
TMR: Final = "tmr"
"""Share of genuine comparisons that the first database's system accepts, under the protection."""
TMR_PLAIN: Final = "tmr_unprotected"


def at_rate(metric: str, rate: float) -> str:
    """Return the metric at a rate.

    >>> at_rate(LINKED, 0.001), at_rate(TPIR, 0.01)
    ('linked@fmr=0.001', 'named_tpir@fpir=0.01')
    """
    return f"{metric}@{'fpir' if metric == TPIR else 'fmr'}={rate:g}"


def floor_of(metric: str) -> str:
    """Return the metric's floor, which it has by chance.

    >>> floor_of(D_SYS)
    'd_sys:floor'
    """
    return f"{metric}:{FLOOR}"


class LinkageFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        attacked: people whose templates are looked for.
        learned: own photos that the attack learned from; 0 for one that learns nothing.
        learned_people: people on them.
        thresholds: people who fix thresholds.
        gallery: people in the second database when names are looked for.
        strangers: people looked for who are not in it.
        non_mated: comparisons of two people that D_sys rests on.
        entries: numbers stored of a template in each database.
        knowledge: what the attacker has beside both databases.
    """

    attacked: int
    learned: int
    learned_people: int
    thresholds: int
    gallery: int
    strangers: int
    non_mated: int
    entries: tuple[int, int]
    knowledge: str
