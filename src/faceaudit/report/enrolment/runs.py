"""The cases of an enrolment audit that did not fail, with their figures by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from faceaudit.records.enrolment import (
    FMR,
    PASSED,
    EnrolmentFacts,
    MitigationFacts,
    NetworkFacts,
    at,
)
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import SPACE
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

STRANGERS_TABLE = "enrolment-strangers"
"""The id of the table of strangers who pass."""
MITIGATIONS_TABLE = "enrolment-mitigations"
DRIFT_TABLE = "enrolment-drift"
NONE = "none"


@dataclass(frozen=True, eq=False)
class Run(MeasuredCase):
    """One attack, under a seed."""

    @cached_property
    def facts(self) -> EnrolmentFacts:
        """What is known beside the figures."""
        return EnrolmentFacts.of(self.record)

    @property
    def attack(self) -> str:
        """The attack in a few words."""
        return str(self.spec["titles"]["attack"])

    def real_fmr(self, network: NetworkFacts) -> Estimate | None:
        """Return how many bare strangers pass against clean enrolments, at that rate."""
        fmr = self.lowest()
        return None if fmr is None else self.get(at(FMR, fmr, network.title, NONE))

    @property
    def keyed(self) -> bool:
        """Whether a key is enrolled; else a template is led away."""
        return bool(self.facts.mitigations)

    @property
    def fmrs(self) -> tuple[float, ...]:
        """False match rates asked for, falling."""
        return tuple(sorted(self.spec["fmrs"], reverse=True))

    def lowest(self) -> float | None:
        """Return the lowest false match rate at which every network has a threshold."""
        missing = {
            fmr
            for network in self.facts.networks
            for fmr, threshold, _ in network.thresholds
            if threshold is None
        }
        return min((fmr for fmr in self.fmrs if fmr not in missing), default=None)

    def passed(self, network: NetworkFacts, mitigation: str = NONE) -> Estimate | None:
        """Return the share of strangers with the key who pass at that rate."""
        fmr = self.lowest()
        return None if fmr is None else self.get(at(PASSED, fmr, network.title, mitigation))

    def unmitigated(self) -> str:
        """Return what no mitigation is called."""
        return next(one.title for one in self.facts.mitigations if one.name == NONE)

    def mitigated(self) -> tuple[MitigationFacts, ...]:
        """Return the mitigations without `none`."""
        return tuple(one for one in self.facts.mitigations if one.name != NONE)


def enrolment_runs(records: Iterable[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(Run(one) for one in records if one.error is None)


def strongest(runs: Sequence[Run]) -> tuple[Run, NetworkFacts] | None:
    """Return the key and the network with the most strangers passing; at its lowest rate."""
    found = [
        (one, network, passed)
        for one in runs
        if one.keyed
        for network in one.facts.networks
        if (passed := one.passed(network)) is not None
    ]
    best = max(found, key=lambda one: one[2].value, default=None)
    return None if best is None else best[:2]


def named_after(run: Run, runs: Sequence[Run]) -> str:
    """Return the attack, with its seed where there are several."""
    several = len({one.spec["seed"] for one in runs}) > 1
    return f"{run.attack}, seed {run.spec['seed']}" if several else run.attack


def rate(fmr: float) -> str:
    r"""Return a false match rate in words.

    >>> rate(0.001)
    'FMR 0.1\xa0%'
    """
    return f"FMR {fmr * 100:g}{SPACE}%"
