"""Names of the figures of audits of whom a backbone learned from, and the facts beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from faceaudit.records.facts import Facts

KIND: Final = "backbone_membership"

Level = Literal["photo", "person"]
"""What is told: single photos, or people by all their photos that the attacker has."""
Photos = Literal["trained", "held_out"]
"""Which photos the attacker has: those that members were learned by, or others of everybody."""
Shadows = Literal["without", "with"]
"""Whether scores are compared with those by backbones of the attacker's own."""
Against = Literal["same_source", "other_source"]
"""Whom members are told from: others of their own source, or people of another one."""
Nets = Literal["trained", "untrained"]
"""Which networks: those that learned, or the null, with weights as they were drawn."""

LEVELS: Final[tuple[Level, ...]] = ("photo", "person")
PHOTOS: Final[tuple[Photos, ...]] = ("trained", "held_out")
BLIND: Final = "blind"
"""The attack without any network: raw pixels alone."""
AUC: Final = "auc"
VERIFICATION: Final = "verification_auc"
"""How well backbones verify people whom they did not learn from: training photos with others."""


@dataclass(frozen=True)
class Asked:
    """What a figure is about.

    >>> asked = Asked("mint", "person", "held_out", "without", "same_source")
    >>> asked.metric("auc")
    'auc:mint/person/held_out/without/same_source/trained'
    >>> Asked.of("auc:mint/person/held_out/without/same_source/trained") == asked
    True
    """

    attack: str
    level: Level
    photos: Photos
    shadows: Shadows = "without"
    against: Against = "same_source"
    nets: Nets = "trained"

    def metric(self, name: str) -> str:
        """Return the name of a figure about this, such as "auc" or "tpr@fpr=0.05"."""
        words = (self.attack, self.level, self.photos, self.shadows, self.against, self.nets)
        return f"{name}:{'/'.join(words)}"

    @classmethod
    def of(cls, metric: str) -> Asked:
        """Return what a figure is about, by its name."""
        words: list[Any] = metric.partition(":")[2].rsplit("/", 5)
        return cls(*words)


def tpr_at(fpr: float) -> str:
    """Return the name of a true-positive rate.

    >>> tpr_at(0.05)
    'tpr@fpr=0.05'
    """
    return f"tpr@fpr={fpr:g}"


class AttackFacts(Facts):
    """An attack that was made.

    Attributes:
        key: as figures name it.
        access: what it needs of the backbone: "embeddings" or "gradients".
        learns: whether it needs backbones of the attacker's own in any case.
    """

    key: str
    access: str
    learns: bool


class CheckFacts(Facts):
    """One check of the lists of members and others."""

    name: str
    passed: bool | None
    message: str


class ListsFacts(Facts):
    """What was checked of lists of members and others before any figure was believed.

    Attributes:
        against: whom members are told from.
        photos: which photos are listed.
        source: the registered name of the source of the others.
        members, others: people of each list, of one training.
        member_photos, other_photos: their photos.
        outcome, verdict: of the gate, in a word and in a sentence.
        checks: failed ones first.
    """

    against: Against
    photos: Photos
    source: str
    members: int
    others: int
    member_photos: int
    other_photos: int
    outcome: str
    verdict: str
    checks: tuple[CheckFacts, ...]


class TrainingFacts(Facts):
    """One backbone: how long it learned, and how well it knows photos of its people.

    Attributes:
        id: of the trained system in the store.
        epochs: how many it was trained.
        train_loss: at the epoch whose weights are kept, by the training photos.
        validation_accuracy: then, on the photos that were watched.
    """

    id: str
    epochs: int
    train_loss: float
    validation_accuracy: float


class BackboneMembershipFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        recipe: the training in a few words.
        network: its registered name.
        source: the registered name of the source of the faces.
        people: whom trainings may learn from; each learns from half of them.
        photos: of each person at most: trained on, and held out.
        held_out_sessions: whether held-out photos are of sessions or videos of their own.
        trainings: one each.
        attacks: that were made.
        lists: what was checked.
    """

    recipe: str
    network: str
    source: str
    people: int
    photos: tuple[int, int]
    held_out_sessions: bool
    trainings: tuple[TrainingFacts, ...]
    attacks: tuple[AttackFacts, ...]
    lists: tuple[ListsFacts, ...]

    def listed(self, against: str, photos: str) -> ListsFacts:
        """Return what was checked of some lists."""
        return next(one for one in self.lists if (one.against, one.photos) == (against, photos))
