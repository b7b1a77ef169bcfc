"""The cases of a linkage audit that did not fail, with their figures by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.records.linkage import LINKED, TPIR, LinkageFacts, at_rate
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import SPACE, counted
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

LINKED_TABLE = "linkage-linked"
"""The id of the table of people linked."""
UNLINKABILITY_TABLE = "linkage-unlinkability"
NONE = "none"
SECONDS = {
    "alike": "stored alike",
    "same_key": "the same key",
    "other_key": "another key",
    "public": "public photos",
}
"""How the second database is stored, as in a sentence."""


@dataclass(frozen=True, eq=False)
class Run(MeasuredCase):
    """One attack on one protection, under a seed."""

    @cached_property
    def facts(self) -> LinkageFacts:
        """What is known beside the figures."""
        return LinkageFacts.of(self.record)

    @property
    def attack(self) -> str:
        """The attack, with the number of photos that it learned from."""
        return attack_of(self.spec)

    @property
    def protection(self) -> str:
        """What is stored in the place of templates."""
        return str(self.spec["titles"]["protection"])

    @property
    def second(self) -> str:
        """How the second database is stored, as a limit spells it."""
        return str(self.spec["second"])

    @property
    def network(self) -> str:
        """The networks of both databases, as a limit spells them."""
        return ", ".join(self.spec["titles"]["networks"])

    @property
    def untrained(self) -> bool:
        """Whether the network is untrained."""
        return bool(self.spec["untrained"])

    @property
    def fmrs(self) -> tuple[float, ...]:
        """False match rates asked for, falling."""
        return tuple(sorted(self.spec["fmrs"], reverse=True))

    @property
    def fpirs(self) -> tuple[float, ...]:
        """False-positive identification rates asked for, falling."""
        return tuple(sorted(self.spec["fpirs"], reverse=True))

    @property
    def databases(self) -> str:
        """What is stored, and how the second database is."""
        return databases_of(self.spec)

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"{self.attack}: {self.databases}"

    def lowest(self) -> float | None:
        """Return the lowest false match rate that was resolved."""
        found = [fmr for fmr in self.fmrs if self.get(at_rate(LINKED, fmr)) is not None]
        return min(found, default=None)

    def linked(self) -> Estimate | None:
        """Return the share of people linked at that rate."""
        fmr = self.lowest()
        return None if fmr is None else self.get(at_rate(LINKED, fmr))

    def named(self) -> tuple[float, Estimate] | None:
        """Return the lowest false-positive identification rate, and who gets a name there."""
        found = [(fpir, self.get(at_rate(TPIR, fpir))) for fpir in self.fpirs]
        known = [(fpir, one) for fpir, one in found if one is not None]
        return min(known, key=lambda one: one[0], default=None)


def attack_of(spec: Any) -> str:
    """Return the attack of a case, with the number of photos that it learned from."""
    said = str(spec["titles"]["attack"])
    return f"{said}, {counted(spec['photos'], 'photo')}" if spec["photos"] else said


def databases_of(spec: Any) -> str:
    """Return what the databases of a case store, in a few words."""
    if spec["untrained"]:
        return "untrained network"
    protection = str(spec["titles"]["protection"])
    said = "no protection" if protection == NONE else protection
    return said if spec["second"] == "alike" else f"{said}, {SECONDS[spec['second']]}"


def linkage_runs(records: Iterable[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(Run(one) for one in records if one.error is None)


def strongest(runs: Sequence[Run]) -> Run | None:
    """Return the run that linked the most people, of those with a trained network.

    Runs are compared at the lowest false match rate that any resolved: at a higher one more people
    are linked by chance alone.
    """
    known = [(one.lowest(), one) for one in runs if not one.untrained]
    fmr = min((rate for rate, _ in known if rate is not None), default=None)
    found = [one for rate, one in known if rate is not None and rate == fmr]
    return max(found, key=_value, default=None)


def named_after(run: Run, runs: Sequence[Run]) -> str:
    """Return the run's title, with its seed where there are several."""
    return f"{run.title}{seed_of(run, runs)}"


def seed_of(run: Run, runs: Sequence[Run]) -> str:
    """Return the run's seed as the end of a title; nothing where there is one seed alone."""
    several = len({one.spec["seed"] for one in runs}) > 1
    return f", seed {run.spec['seed']}" if several else ""


def _value(run: Run) -> float:
    found = run.linked()
    return -1.0 if found is None else found.value


def stands_out(run: Run) -> bool:
    """Return whether more people are linked than chance does, by the whole interval."""
    fmr, found = run.lowest(), run.linked()
    return fmr is not None and found is not None and found.low > fmr


def at(rate: float, what: str = "FMR") -> str:
    r"""Return a rate in words.

    >>> at(0.001)
    'FMR 0.1\xa0%'
    """
    return f"{what} {rate * 100:g}{SPACE}%"
