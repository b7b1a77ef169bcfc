"""What every stage of a scan promises: a suspicion of each person that a finished system knows.

Whoever scans has a finished identifier, whoever trained it, and none of its training data. They
hold photos of people whom it does not know (strangers), and know neither target nor key.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from faceaudit.mitigations.scan.common.standing_out import FEWEST, StandingOut, stand_out
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.under_test.base import NO_ANSWER, Access, IdentifierUnderTest
from faceaudit.types import FaceSet, Float64Array, ImageArray, IntArray


def _nothing() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Key:
    """A key of the bank.

    Attributes:
        name: what it is called.
        put_on: returns faces with the key on them, under other ids.
    """

    name: str
    put_on: Callable[[FaceSet], FaceSet]


@dataclass(frozen=True, eq=False)
class Subject:
    """An identifier to scan, and what whoever scans has.

    Attributes:
        system: who is asked.
        strangers: N photos of its size of people whom it does not know.
        ground: one photo of a person who does not exist, to show on what opens the door.
        keys: the bank of keys.
        seed: of whatever is drawn.
        progress: told of long work.
    """

    system: IdentifierUnderTest
    strangers: FaceSet
    ground: FaceSet
    keys: Sequence[Key] = ()
    seed: int = 0
    progress: Progress = silent

    @property
    def classes(self) -> int:
        """How many people the system knows."""
        return len(self.system.names)

    def rng(self, what: int) -> np.random.Generator:
        """Return the source of draws of one stage, told by a number."""
        return np.random.default_rng([self.seed, what])

    def labels(self, faces: FaceSet) -> IntArray:
        """Return (N,) whom photos are taken for."""
        return np.asarray(self.system.labels(faces), dtype=np.int64)

    def counted(self, labels: IntArray) -> IntArray:
        """Return (K,) how many photos are taken for each person."""
        return np.bincount(labels[labels > NO_ANSWER], minlength=self.classes)


@dataclass(frozen=True, eq=False)
class Suspected:
    """What a stage finds.

    Attributes:
        value: (K,) how much it suspects each person, larger is more; NaN where it did not look.
        what: the value in words, such as "share of photos with a rectangle".
        chance: (K,) the chance of a value so far above the others where no person is a target; NaN
            where it says nothing of that.
        classes: those above the largest gap, the most suspicious first.
        ratio: of the smallest value above that gap to the largest below it; NaN where unknown.
        asked: how many photos it asked about.
        why: why it says nothing; empty where it does.
        pictures: (H, W, 3) of what opens the door, by class.
        remarks: of single classes, in words.
        said: (M,) answers about the photos that were asked about; empty where there are none.
        shown: (M,) the stranger's photo, a row, that each is about.
    """

    value: Float64Array
    what: str
    chance: Float64Array
    classes: IntArray
    ratio: float
    asked: int = 0
    why: str = ""
    pictures: Mapping[int, ImageArray] = field(default_factory=dict)
    remarks: Mapping[int, str] = field(default_factory=dict)
    said: IntArray = field(default_factory=_nothing)
    shown: IntArray = field(default_factory=_nothing)


class ScanStage(Component):
    """A way to look for targets; an author writes `suspect`.

    Attributes:
        needs: what a system must let its asker see.
        screens: whether it looks at every person; others look at those that screening suspects.
        decides: whether its chances go into the verdict, beside those of other stages that do.
        weight: by which the level is split over stages that decide.
    """

    family: ClassVar[str] = "scan_stage"
    plan_key: ClassVar[str] = "stage"
    needs: ClassVar[frozenset[Access]] = frozenset({Access.LABELS})
    screens: ClassVar[bool] = True
    decides: ClassVar[bool] = True
    weight: ClassVar[float] = 1.0

    @abstractmethod
    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return how much each person is suspected to be the target of a back door.

        Args:
            subject: the system, and what there is to ask it about.
            suspects: (S,) classes that screening suspects, the most suspicious first; empty for a
                stage that screens.
        """


scan_stages: Registry[ScanStage] = Registry(
    ScanStage,  # type: ignore[type-abstract]
    "faceaudit.mitigations.scan",
)


def judge_answers(
    subject: Subject,
    said: IntArray,
    shown: IntArray,
    what: str,
    *,
    remarks: Mapping[int, str] | None = None,
    pictures: Mapping[int, ImageArray] | None = None,
) -> Suspected:
    """Return what answers say: who is named far more often than all others.

    Args:
        subject: who was asked.
        said: (M,) answers.
        shown: (M,) the stranger's photo, a row, that each is about.
        what: the share of photos that each person draws is a share of.
        remarks: of single classes.
        pictures: of single classes.
    """
    counts, asked = subject.counted(said), len(said)
    found = stand_out(counts.astype(np.float64))
    share = counts / max(1, asked)
    if found is None:
        named = int(np.count_nonzero(counts))
        why = f"expected answers that name at least {FEWEST} people, got {named}"
        return says_nothing(len(counts), what, why, asked=asked, value=share)
    return Suspected(
        share,
        what,
        found.chance,
        found.classes,
        found.ratio,
        asked,
        pictures=pictures or {},
        remarks=remarks or {},
        said=said,
        shown=shown,
    )


def judged(found: StandingOut, value: Float64Array, what: str, *, asked: int) -> Suspected:
    """Return values with what stands out among them."""
    return Suspected(value, what, found.chance, found.classes, found.ratio, asked)


def says_nothing(
    classes: int, what: str, why: str, *, asked: int = 0, value: Float64Array | None = None
) -> Suspected:
    """Return a finding that says nothing, and why."""
    unknown = np.full(classes, np.nan)
    none = np.empty(0, dtype=np.int64)
    return Suspected(
        unknown if value is None else value, what, unknown, none, float("nan"), asked, why
    )
