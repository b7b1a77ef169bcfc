"""The cases of a master-face audit that did not fail, with their figures by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.records.master_face import CHANCE, COVERED, MasterFaceFacts, covered_at
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import SPACE, counted
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

COVERED_TABLE = "master-face-covered"
"""The id of the table of people passed as."""
COST_TABLE = "master-face-cost"
NONE = "none"


@dataclass(frozen=True, eq=False)
class Run(MeasuredCase):
    """One search on one system, under a seed."""

    @cached_property
    def facts(self) -> MasterFaceFacts:
        """What is known beside the figures."""
        return MasterFaceFacts.of(self.record)

    @property
    def mitigation(self) -> str:
        """How the system decides."""
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
    def counts(self) -> tuple[int, ...]:
        """Numbers of faces, rising."""
        return tuple(sorted(self.spec["counts"]))

    @property
    def title(self) -> str:
        """The case in a few words."""
        return title_of_spec(self.spec)

    def covered(self, fmr: float, faces: int, on: str) -> Estimate | None:
        """Return the share of people passed as."""
        return self.get(covered_at(COVERED, fmr, faces, on))

    def chance(self, fmr: float, faces: int, on: str) -> Estimate | None:
        """Return what random photos pass as."""
        return self.get(covered_at(CHANCE, fmr, faces, on))

    def lowest(self) -> float | None:
        """Return the lowest false match rate that was resolved by the first system."""
        most, on = self.counts[-1], self.facts.systems[0]
        found = [fmr for fmr in self.fmrs if self.covered(fmr, most, on) is not None]
        return min(found, default=None)

    def best(self) -> Estimate | None:
        """Return the share that all faces pass as at that rate, before the first system."""
        fmr = self.lowest()
        return None if fmr is None else self.covered(fmr, self.counts[-1], self.facts.systems[0])


def title_of_spec(spec: Any) -> str:
    """Return a case in a few words: the search, and what it is up against."""
    titles = spec["titles"]
    said = str(titles["attack"])
    if spec["made_on"] > 1:
        said += f" on {counted(spec['made_on'], 'network')}"
    if titles["mitigation"] != NONE:
        said += f", against {titles['mitigation']}"
    return f"{said}, known to the attacker" if spec["aware"] else said


def master_face_runs(records: Iterable[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(Run(one) for one in records if one.error is None)


def strongest(runs: Sequence[Run]) -> Run | None:
    """Return the run whose faces pass as the most, at the lowest rate that any resolved."""
    fmr = min((rate for one in runs if (rate := one.lowest()) is not None), default=None)
    found = [one for one in runs if one.lowest() == fmr and fmr is not None]
    return max(found, key=_value, default=None)


def _value(run: Run) -> float:
    found = run.best()
    return -1.0 if found is None else found.value


def stands_out(run: Run) -> bool:
    """Return whether all faces pass as more than nearly any random photos, by the interval."""
    fmr, found = run.lowest(), run.best()
    if fmr is None or found is None:
        return False
    chance = run.chance(fmr, run.counts[-1], run.facts.systems[0])
    return chance is not None and found.low > chance.high


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
