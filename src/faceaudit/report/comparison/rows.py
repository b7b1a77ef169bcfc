"""What a comparison of two audits found, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from faceaudit.audit.limits import spell_measure
from faceaudit.report.sides import Pairing
from faceaudit.types import Estimate

ARROW = "\N{RIGHTWARDS ARROW}"
"""Stands between the two values of a label that differs."""
Verdict = Literal["rises", "falls", "no difference shown", "cannot be compared"]


@dataclass(frozen=True, eq=False)
class ComparedRow:
    """One figure in two audits.

    Attributes:
        kind, name: of the measure, as limits call it.
        labels: what it is of; where the audits differ in a label, both values with an arrow.
        before, after: the figure in either audit; None where it was not measured.
        difference: after less before, with its interval; None where there is none.
        paired: how they were compared.
        n: what the difference rests on: photos, pairs, trainings or targets.
        verdict: what may be said of it.
        reason: why it cannot be compared; else nothing.
        caution: what the verdict does not hold for; often nothing.
        p: the chance of such a difference where there is none; None without a verdict.
        adjusted: `p`, adjusted for the number of rows (Holm).
        smallest: the smallest true difference that would have been shown with a power of 80 %,
            either way; None where not even the largest possible one would, or without a verdict.
        cases: ids of the cases of either audit.
    """

    kind: str
    name: str
    labels: Mapping[str, str | int | float]
    before: Estimate | None
    after: Estimate | None
    difference: Estimate | None
    paired: Pairing
    n: int | None
    verdict: Verdict
    reason: str = ""
    caution: str = ""
    p: float | None = None
    adjusted: float | None = None
    smallest: float | None = None
    cases: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def title(self) -> str:
        """Kind, name and labels."""
        return spell_measure(self.kind, self.name, self.labels)


@dataclass(frozen=True)
class AuditFacts:
    """One of the audits.

    Attributes:
        where: its folder or URL.
        title: the plan's.
        started: when it was run.
        version: of faceaudit.
    """

    where: str
    title: str
    started: str
    version: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changed between two audits.

    Attributes:
        before, after: the audits.
        rows: one a figure that both have, changes first.
        only_before, only_after: titles of figures that only one of them has.
        differs: values of the plans that differ: the key, and the value in either; "" for none.
        remarks: what else to know.
        level: of the intervals; over all rows together, verdicts are wrong in 1 - level of
            comparisons at most.
        tested: how many rows have a verdict that chance could have made: what p is adjusted for.
    """

    before: AuditFacts
    after: AuditFacts
    rows: tuple[ComparedRow, ...]
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    differs: tuple[tuple[str, str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    level: float = 0.95
    tested: int = 0

    @property
    def changes(self) -> tuple[ComparedRow, ...]:
        """The rows that rise or fall."""
        return tuple(row for row in self.rows if row.verdict in ("rises", "falls"))

    @property
    def same(self) -> tuple[ComparedRow, ...]:
        """The rows that rest on the very same cases in both audits: nothing to compare."""
        return tuple(row for row in self.rows if row.paired == "same cases")

    @property
    def alike(self) -> tuple[ComparedRow, ...]:
        """The rows of other cases that show no difference."""
        return tuple(row for row in self.of("no difference shown") if row.paired != "same cases")

    def of(self, verdict: Verdict) -> tuple[ComparedRow, ...]:
        """Return the rows with a verdict."""
        return tuple(row for row in self.rows if row.verdict == verdict)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        values = asdict(self)
        values["rows"] = [{"title": row.title, **asdict(row)} for row in self.rows]
        return values
