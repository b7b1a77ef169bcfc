"""A case of an inversion audit with its facts: what runs on templates and identifiers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from faceaudit.records.inversion import ThresholdFacts
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


class WithThresholds(Protocol):
    """What both have among their facts."""

    @property
    def thresholds(self) -> tuple[ThresholdFacts, ...]:
        """The thresholds that faces were to pass."""


@dataclass(frozen=True, eq=False)
class CaseRun(ABC):
    """One attack, under a seed.

    Attributes:
        record: the case, which did not fail.
        facts: what is known of it beside its figures.
        several: whether the audit has several seeds.
    """

    record: CaseRecord
    facts: WithThresholds
    several: bool = False

    @abstractmethod
    def headline(self, fmr: float) -> str:
        """Return the metric that says how often rebuilt faces pass at a false match rate."""

    @property
    def name(self) -> str:
        """The attack's registered name."""
        return str(self.record.spec["attack"]["attack"])

    @property
    def attack(self) -> str:
        """The attack with its options."""
        return str(self.record.spec["titles"]["attack"])

    @property
    def seed(self) -> int:
        """The plan's seed."""
        return int(self.record.spec["seed"])

    @property
    def of_seed(self) -> str:
        """The seed, to be said behind something, where the audit has several."""
        return f", seed {self.seed}" if self.several else ""

    @property
    def said(self) -> str:
        """The attack in a sentence, with the seed of several."""
        return f"{self.attack.replace('_', ' ')}{self.of_seed}"

    @property
    def title(self) -> str:
        """The same as a title."""
        return f"{self.said[:1].upper()}{self.said[1:]}"

    @property
    def fmrs(self) -> tuple[float, ...]:
        """The false match rates asked for, the highest first."""
        return tuple(sorted((one.fmr for one in self.facts.thresholds), reverse=True))

    def figure(self, metric: str) -> Figure | None:
        """Return a figure, with or without an estimate; None where there is no such figure."""
        return next((one for one in self.record.figures if one.metric == metric), None)

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate, or None where there is none."""
        return self.record.figure(metric)

    def strictest(self) -> float | None:
        """Return the lowest false match rate at which success was measured."""
        known = [fmr for fmr in self.fmrs if self.get(self.headline(fmr)) is not None]
        return min(known, default=None)

    def success(self) -> Estimate | None:
        """Return how often rebuilt faces pass at that rate."""
        fmr = self.strictest()
        return None if fmr is None else self.get(self.headline(fmr))


R = TypeVar("R", bound=CaseRun)


def strongest(runs: Sequence[R]) -> R | None:
    """Return the run whose faces pass most often; None where none was measured."""
    known = [
        (found.value, -place, one) for place, one in enumerate(runs) if (found := one.success())
    ]
    return max(known, key=lambda one: one[:2])[2] if known else None


def records_of(part: str, records: Sequence[CaseRecord]) -> tuple[tuple[CaseRecord, ...], bool]:
    """Return the cases of a part that did not fail, and whether they have several seeds."""
    own = tuple(one for one in records if one.error is None and one.spec["part"] == part)
    return own, len({one.spec["seed"] for one in own}) > 1
