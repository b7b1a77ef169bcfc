"""Names of the figures of evasion audits, and the facts beside them."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.facts import Facts

KIND: Final = "evasion"
SUCCESS: Final = "evaded"
"""Share of changed photos that pass as the other person, or no longer as their own."""
NOISE: Final = "evaded_by_noise"
"""The same of photos with random noise of the same budget."""
BARE: Final = "evaded_unchanged"
"""The same of photos as they are."""
TMR: Final = "tmr"
"""Share of genuine comparisons that the system accepts."""
Goal = Literal["impersonate", "dodge"]


def evaded_at(metric: str, fmr: float, on: str) -> str:
    """Return a metric at a false match rate, on a system.

    >>> evaded_at(SUCCESS, 0.001, "deepid")
    'evaded@fmr=0.001,on=deepid'
    """
    return f"{metric}@fmr={fmr:g},on={on}"


class EvasionFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        photos: that were changed, one a person.
        thresholds: people who fix thresholds.
        systems: what each system that photos are shown to is called, that of the first networks
            first.
        made_on: what the networks are called that photos were changed on.
        aimed: the false match rate whose threshold the score was taken off.
        moved: mean absolute change of a value of a pixel, of 0 to 255.
    """

    photos: int
    thresholds: int
    systems: tuple[str, ...]
    made_on: tuple[str, ...]
    aimed: float
    moved: float
