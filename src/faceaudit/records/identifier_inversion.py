"""Names of the figures of faces rebuilt from an identifier, and the facts beside them.

They have those of `faceaudit.records.inversion` where they mean the same: `SOLVED`, `QUERIES`,
`at_rank` for how many faces the attacked identifier itself names as the person, and
`at_fmr(TRANSFER, fmr, JUDGE)` for how many another network accepts as the person.
"""

from __future__ import annotations

from typing import Final

from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.facts import Facts
from faceaudit.records.inversion import (
    AVERAGE,
    LOOK_ALIKE,
    PHOTO,
    RANDOM,
    Part,
    ThresholdFacts,
)

JUDGE: Final = "judge"
"""What stands for the judging network in names of figures: the section's first embedder."""
FOUND: Final = "found"
"""Faces that the judge finds the person by, among all whom the identifier knows."""
OVER_RANDOM: Final = "over_random_face"
UNTRAINED: Final = "untrained"
"""Faces rebuilt from an identifier that learned nothing: the null of the whole attack."""
HELD_AGAINST: Final = (RANDOM, AVERAGE, LOOK_ALIKE, PHOTO, UNTRAINED)
"""What rebuilt faces are held against: `PHOTO` is here a photo that the identifier learned from."""
RANKS: Final = (1, 5)


def found_at(rank: int, *of: str) -> str:
    """Return the metric of how many faces the judge finds the person by, within a rank.

    >>> found_at(1), found_at(5, LOOK_ALIKE)
    ('found@rank=1', 'found@rank=5:look_alike')
    """
    return ":".join([f"{FOUND}@rank={rank}", *of])


class IdentifierInversionFacts(Facts):
    """What is known of an inversion of an identifier beside its figures.

    Attributes:
        part: what faces were rebuilt from.
        source: the registered name of the source of the people whom it knows.
        access: what the attacker has: "gradients", "scores" or "labels".
        system: the id of the identifier.
        network: its registered name.
        learn: which part of it was trained.
        backbone: what it started from; None where it learned from scratch.
        known: how many people it knows.
        people, trials: how many of them were attacked, and how often each.
        training_photos: how many photos it learned from.
        accuracy: how many of the test photos it recognises.
        held_out: of how many test photos of each a rebuilt face is held against, at most.
        learned_people, learned_photos: whom the attacker learned from.
        threshold_people: how many others fixed the judge's thresholds.
        judge: the registered name of the judging network, and what it started from.
        judge_backbone: what that started from.
        thresholds: the judge's.
    """

    part: Part = "identifier"
    source: str
    access: str
    system: str
    network: str
    learn: str
    backbone: BackboneFacts | None
    known: int
    people: int
    trials: int
    training_photos: int
    accuracy: float
    held_out: int
    learned_people: int
    learned_photos: int
    threshold_people: int
    judge: str
    judge_backbone: BackboneFacts | None
    thresholds: tuple[ThresholdFacts, ...]
