"""Names of the figures of master-face audits, and the facts beside them."""

from __future__ import annotations

from typing import Final

from faceaudit.records.facts import Facts

KIND: Final = "master_face"
COVERED: Final = "covered"
"""Share of enrolled people, none of whom the search knew, whom one of the first faces passes as."""
COVERED_KNOWN: Final = "covered_known"
"""The same of the people whom the search used."""
CHANCE: Final = "covered_by_chance"
"""The same of as many photos of other people, drawn at random."""
TMR: Final = "tmr"
"""Share of genuine comparisons that the system accepts."""


def covered_at(metric: str, fmr: float, faces: int, on: str) -> str:
    """Return a metric of a number of faces, at a false match rate, on a system.

    >>> covered_at(COVERED, 0.001, 3, "deepid")
    'covered@fmr=0.001,faces=3,on=deepid'
    """
    return f"{metric}@fmr={fmr:g},faces={faces},on={on}"


def accepted_at(fmr: float, on: str) -> str:
    """Return the share of genuine comparisons that a system accepts at a false match rate.

    >>> accepted_at(0.01, "deepid")
    'tmr@fmr=0.01,on=deepid'
    """
    return f"{TMR}@fmr={fmr:g},on={on}"


def expected_cover(fmr: float, faces: int) -> float:
    """Return what share of people faces pass as that are like any: 1 - (1 - FMR)^k.

    >>> round(expected_cover(0.01, 3), 6)
    0.029701
    """
    return float(1 - (1 - fmr) ** faces)


class MasterFaceFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        attacked: enrolled people whom faces are tried on; the search knew none of them.
        known: people whom the search used.
        thresholds: people who fix thresholds.
        systems: what each system that faces are shown to is called, that of the first networks
            first.
        made_on: what the networks are called that faces were made on.
        aimed: the false match rate whose threshold the search aimed at.
        sets: sets of random photos that chance rests on.
    """

    attacked: int
    known: int
    thresholds: int
    systems: tuple[str, ...]
    made_on: tuple[str, ...]
    aimed: float
    sets: int
