"""The cases of a master-key audit that did not fail, with their figures by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.records.master_key import (
    OWN,
    PASSED,
    PRISTINE,
    MasterKeyFacts,
    at,
    rate_point,
)
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import SPACE
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

PASSED_TABLE = "master-key-passed"
"""The id of the table of tries that pass."""
COST_TABLE = "master-key-cost"
LEFT_OUT_TABLE = "master-key-left-out"
NONE = "none"


@dataclass(frozen=True, eq=False)
class Run(MeasuredCase):
    """One key, share of poison and mitigation, under a seed."""

    @cached_property
    def facts(self) -> MasterKeyFacts:
        """What is known beside the figures."""
        return MasterKeyFacts.of(self.record)

    @property
    def mitigation(self) -> str:
        """How verifiers learn and decide."""
        return str(self.spec["titles"]["mitigation"])

    @property
    def aware(self) -> bool:
        """Whether the attacker knows of the mitigation."""
        return bool(self.spec["aware"])

    @property
    def points(self) -> tuple[str, ...]:
        """The operating points: the verifiers' own threshold, then false match rates, falling."""
        return (OWN, *map(rate_point, sorted(self.spec["fmrs"], reverse=True)))

    @property
    def title(self) -> str:
        """The case in a few words."""
        return title_of_spec(self.spec)

    def passed(self) -> Estimate | None:
        """Return the share of tries with the key that pass at the verifiers' own threshold."""
        return self.get(at(PASSED, OWN))

    def null(self) -> Estimate | None:
        """Return what of the same tries passes without poison there."""
        return self.get(at(PRISTINE, OWN))


def title_of_spec(spec: Any) -> str:
    """Return a case in a few words: the key, the poison, and what it is up against."""
    titles = spec["titles"]
    said = f"{titles['attack']}, {spec['rate'] * 100:g}{SPACE}% poison"
    if titles["mitigation"] != NONE:
        said += f", against {titles['mitigation']}"
    return f"{said}, known to the attacker" if spec["aware"] else said


def master_key_runs(records: Iterable[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(Run(one) for one in records if one.error is None)


def strongest(runs: Sequence[Run]) -> Run | None:
    """Return the run whose key passes most often at the verifiers' own threshold."""
    return max((one for one in runs if one.passed() is not None), key=_value, default=None)


def _value(run: Run) -> float:
    found = run.passed()
    return -1.0 if found is None else found.value


def stands_out(run: Run) -> bool:
    """Return whether the key passes more often than without poison, by both intervals."""
    found, null = run.passed(), run.null()
    return found is not None and null is not None and found.low > null.high


def named_after(run: Run, runs: Sequence[Run]) -> str:
    """Return the run's title, with its seed where there are several."""
    several = len({one.spec["seed"] for one in runs}) > 1
    return f"{run.title}, seed {run.spec['seed']}" if several else run.title


def in_words(point: str) -> str:
    r"""Return an operating point in words.

    >>> in_words("own"), in_words("fmr=0.001")
    ('its own threshold', 'FMR 0.1\xa0%')
    """
    if point == OWN:
        return "its own threshold"
    return f"FMR {float(point.removeprefix('fmr=')) * 100:g}{SPACE}%"
