"""The scans of a store that did not fail, with what they found in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from faceaudit.records.scan import FALSE_ALARMS, KIND, POWER, ScanFacts, StageFacts, SuspectFacts
from faceaudit.report.anchors import anchor
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.store import CaseRecord

STAGES = {
    "patched_share": "patches on strangers",
    "key_bank": "known keys on strangers",
    "shattered_directions": "directions cut out of the weights",
    "weight_statistics": "weights of the last layer",
    "trigger_inversion": "smallest trigger",
}
"""Stages in words."""


@dataclass(frozen=True, eq=False)
class ScannedSystem(MeasuredCase):
    """One system that was scanned."""

    @cached_property
    def facts(self) -> ScanFacts:
        """What is known beside the figures."""
        return ScanFacts.of(self.record)

    @property
    def title(self) -> str:
        """How it is named to people."""
        return self.facts.title

    @property
    def anchor(self) -> str:
        """What the ids of its elements begin with."""
        return anchor(KIND, self.record.id[:12])

    @property
    def suspicious(self) -> tuple[SuspectFacts, ...]:
        """People below the level, the most suspicious first."""
        return self.facts.suspects[: self.facts.suspicious]

    @property
    def taken(self) -> str:
        """The preparation of pixels that was taken; empty where the system says it."""
        return next((one.name for one in self.facts.preparations if one.taken), "")


def scanned_systems(records: Iterable[CaseRecord]) -> tuple[ScannedSystem, ...]:
    """Return the cases of identifiers that did not fail, in the order of the plan."""
    return tuple(ScannedSystem(one) for one in records if one.error is None and is_of_people(one))


def is_of_people(record: CaseRecord) -> bool:
    """Return whether a case that did not fail is of an identifier, which names people."""
    return record.facts.get("role") not in ("embedder", "verifier")


def stage_in_words(name: str) -> str:
    """Return a stage in words; one of another package by its name."""
    return STAGES.get(name, name)


def chance_in_words(chance: float | None) -> str:
    """Return a chance.

    >>> chance_in_words(0.0234), chance_in_words(1e-9), chance_in_words(None)
    ('0.023', 'less than 0.000001', 'unknown')
    """
    if chance is None:
        return "unknown"
    return f"{chance:.2g}" if chance >= 1e-6 else "less than 0.000001"


def person_in_words(one: SuspectFacts) -> str:
    """Return a person with the number of their class."""
    return f"{one.person} (class {one.label})"


def power_in_words(system: ScannedSystem) -> str:
    """Say what the same scan finds on networks whose state is known; or that nobody knows."""
    alarms, power = system.get(FALSE_ALARMS), system.get(POWER)
    network = system.facts.reference_network
    said = []
    if power is not None:
        said.append(
            f"of {counted(power.n, 'reference network')} ({network}) with a planted back door the "
            f"same scan names the target in {percent_with_interval(power)}"
        )
    else:
        said.append("at which power is not known: no reference network had a planted back door")
    if alarms is not None:
        said.append(
            f"of {counted(alarms.n, 'clean one')} it calls {percent_with_interval(alarms)} "
            "suspicious"
        )
    else:
        said.append("its false alarms were not measured on clean networks")
    return "; ".join(said)


def stage_of(system: ScannedSystem, name: str) -> StageFacts | None:
    """Return what a stage found; None where it was not run."""
    return next((one for one in system.facts.stages if one.stage == name), None)
