"""Metric names and facts of a case about a finished system."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.facts import Facts
from faceaudit.records.groups import GroupFacts

KIND: Final = "finished"

Part = Literal["access", "recognition", "verification", "keys", "membership"]
"""What is asked of a system: one case each, of `keys` one for each attack of the plan."""

CLEAN: Final = "clean_accuracy"
ANOTHER: Final = "taken_for_another"
NO_ANSWER: Final = "no_answer"
NOT_RECOGNISED: Final = "not_recognised"
STRANGERS: Final = "strangers_named"

OWN_FMR: Final = "own_fmr"
OWN_FNMR: Final = "own_fnmr"

CHANGED: Final = "changed_by_key"
DRAWN: Final = "drawn_to_one"
DRAWN_NULL: Final = "drawn_without_key"
BOTH: Final = "fmr_both_wear"
ONE: Final = "fmr_one_wears"
FMR_NULL: Final = "fmr_without_key"
OTHERS: Final = "over_other_keys"

POISONING: Final = "attack_success"
SHADOWS: Final = "shadow_attacks"
MITIGATIONS: Final = "mitigations"

LEVEL: Final = 0.05
"""The chance that any key of a system without a back door is called suspicious."""


def of_key(metric: str, key: str) -> str:
    """Return the metric of one key, or of `OTHERS`, the mean over the other keys.

    >>> of_key(DRAWN, "random-1")
    'drawn_to_one:random-1'
    """
    return f"{metric}:{key}"


def of_score(metric: str, level: str) -> str:
    """Return the metric of a membership attack that tells members of a level apart.

    >>> of_score("auc", "people")
    'auc:people'
    """
    return f"{metric}:{level}"


class SystemFacts(Facts):
    """A finished system, as it says of itself.

    Attributes:
        title: how it is named to people.
        id: the digest of what determines its answers.
        role: "identifier", "verifier" or "embedder".
        access: what it lets its asker see.
        size: height and width of the photos it takes.
        people: how many it knows; None where it names nobody.
    """

    title: str
    id: str
    role: str
    access: tuple[str, ...]
    size: tuple[int, int]
    people: int | None


class PersonFacts(Facts):
    """How many photos of a person were shown, and how many were recognised."""

    name: str
    photos: int
    recognised: int


class RecognitionFacts(Facts):
    """The photos that were shown: of people whom the system knows, and of strangers."""

    known_people: int
    known_photos: int
    strangers: int
    stranger_photos: int
    by_person: tuple[PersonFacts, ...]


class VerificationFacts(Facts):
    """The pairs that were shown.

    Attributes:
        genuine, impostor: how many pairs.
        people: how many people are on them.
        pairs_from: where the pairs are from.
        unseen: whether the system never saw these people, as far as is known; None: not known.
    """

    genuine: int
    impostor: int
    people: int
    pairs_from: str
    unseen: bool | None


class KeyFacts(Facts):
    """What is known of one key beside its figures.

    Attributes:
        key: its name.
        person: whom photos with it are taken for most often, where it is not who they show; None
            where the system names nobody, or nobody was named.
        p: the chance of so high a share among keys of its kind, when none is a back door's; None
            where that was not tested.
        why: why it was not.
    """

    key: str
    person: str | None
    p: float | None
    why: str = ""


class KeysFacts(Facts):
    """One kind of keys, tried on photos.

    Attributes:
        attack: the registered name of the attack whose keys they are.
        photos, people: the donors: on how many photos keys were put, and whom these show.
        pairs: impostor pairs of those photos; None for identifiers.
        at: the threshold at which pairs are accepted, in words; empty for identifiers.
        tests: how many keys are tried on this system in all.
        keys: the attack's own first, then others of its kind.
    """

    attack: str
    photos: int
    people: int
    pairs: int | None
    at: str
    tests: int
    keys: tuple[KeyFacts, ...]

    def suspicious(self) -> tuple[KeyFacts, ...]:
        """Return the keys that stand out, at `LEVEL` over all keys tried on the system."""
        return tuple(key for key in self.keys if key.p is not None and key.p * self.tests < LEVEL)


class CheckFacts(Facts):
    """One check of the lists."""

    name: str
    passed: bool | None
    message: str


class MembershipFacts(Facts):
    """The lists of members and non-members.

    Attributes:
        listed: what they list: "pairs", "photos" or "people".
        members, nonmembers: how many records of them could be asked about.
        levels: what members of were told apart.
        outcome, verdict: of the validity gate, in a word and in a sentence.
        checks: failed ones first.
    """

    listed: str
    members: int
    nonmembers: int
    levels: tuple[str, ...]
    outcome: str
    verdict: str
    checks: tuple[CheckFacts, ...]


class FinishedFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        system: the system that was asked.
        part: what was asked of it.
        source: the registered name of the source of the faces.
        asked: how many photos, or pairs, it was asked about in this case, each counted once.
        recognition, verification, keys, membership: of the part that it is.
        groups: what its figures are given by group of; None where nobody knows, as in a case that
            was run before there were groups.
    """

    system: SystemFacts
    part: Part
    source: str
    asked: int
    recognition: RecognitionFacts | None = None
    verification: VerificationFacts | None = None
    keys: KeysFacts | None = None
    membership: MembershipFacts | None = None
    groups: tuple[GroupFacts, ...] | None = None
