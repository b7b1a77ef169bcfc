"""The cases of an evasion audit that did not fail, with their figures by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.records.evasion import BARE, NOISE, SUCCESS, EvasionFacts, evaded_at
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import SPACE, counted
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

EVADED_TABLE = "evasion-evaded"
"""The id of the table of photos that evaded."""
COST_TABLE = "evasion-cost"
NONE = "none"
GOALS = {"impersonate": "pass as another person", "dodge": "no longer pass as their own person"}
"""What photos are changed for, as in a sentence."""
AIMS = {"impersonate": "to pass as another person", "dodge": "not to be known"}


@dataclass(frozen=True, eq=False)
class Run(MeasuredCase):
    """One attack with one goal on one system, under a seed."""

    @cached_property
    def facts(self) -> EvasionFacts:
        """What is known beside the figures."""
        return EvasionFacts.of(self.record)

    @property
    def goal(self) -> str:
        """What the photos are changed for."""
        return str(self.spec["goal"])

    @property
    def mitigation(self) -> str:
        """How the system takes photos and decides."""
        return str(self.spec["titles"]["mitigation"])

    @property
    def aware(self) -> bool:
        """Whether the attacker knows of the mitigation."""
        return bool(self.spec["aware"])

    @property
    def fmrs(self) -> tuple[float, ...]:
        """False match rates asked for, falling."""
        return tuple(sorted(self.spec["fmrs"], reverse=True))

    @property
    def title(self) -> str:
        """The case in a few words."""
        return title_of_spec(self.spec)

    def evaded(self, fmr: float, on: str) -> Estimate | None:
        """Return the share of photos that evaded a system."""
        return self.get(evaded_at(SUCCESS, fmr, on))

    def noise(self, fmr: float, on: str) -> Estimate | None:
        """Return the same with random noise."""
        return self.get(evaded_at(NOISE, fmr, on))

    def bare(self, fmr: float, on: str) -> Estimate | None:
        """Return the same of photos as they are."""
        return self.get(evaded_at(BARE, fmr, on))

    def lowest(self) -> float | None:
        """Return the lowest false match rate that was resolved by the first system."""
        on = self.facts.systems[0]
        found = [fmr for fmr in self.fmrs if self.evaded(fmr, on) is not None]
        return min(found, default=None)

    def best(self) -> Estimate | None:
        """Return the share of photos that evade the first system at that rate."""
        fmr = self.lowest()
        return None if fmr is None else self.evaded(fmr, self.facts.systems[0])


def title_of_spec(spec: Any) -> str:
    """Return a case in a few words: the attack, its goal, and what it is up against."""
    titles = spec["titles"]
    said = f"{titles['attack']}, {AIMS[spec['goal']]}"
    if spec["made_on"] > 1:
        said += f", on {counted(spec['made_on'], 'network')}"
    if titles["mitigation"] != NONE:
        said += f", against {titles['mitigation']}"
    return f"{said}, known to the attacker" if spec["aware"] else said


def evasion_runs(records: Iterable[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(Run(one) for one in records if one.error is None)


def strongest(runs: Sequence[Run]) -> Run | None:
    """Return the run whose photos evade most often, at the lowest rate that any resolved."""
    fmr = min((rate for one in runs if (rate := one.lowest()) is not None), default=None)
    found = [one for one in runs if one.lowest() == fmr and fmr is not None]
    return max(found, key=_value, default=None)


def _value(run: Run) -> float:
    found = run.best()
    return -1.0 if found is None else found.value


def stands_out(run: Run) -> bool:
    """Return whether changed photos evade more often than photos with noise, by both intervals."""
    fmr, found = run.lowest(), run.best()
    if fmr is None or found is None:
        return False
    noise = run.noise(fmr, run.facts.systems[0])
    return noise is not None and found.low > noise.high


def named_after(run: Run, runs: Sequence[Run]) -> str:
    """Return the run's title, with its seed where there are several."""
    several = len({one.spec["seed"] for one in runs}) > 1
    return f"{run.title}, seed {run.spec['seed']}" if several else run.title


def at(rate: float) -> str:
    r"""Return a false match rate in words.

    >>> at(0.001)
    'FMR 0.1\xa0%'
    """
    return f"FMR {rate * 100:g}{SPACE}%"
