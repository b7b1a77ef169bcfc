"""Limits of an audit, held against what a store holds; for pipelines."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from faceaudit.api.arguments import StoreLike, StrPath, output_of, shown, store_of
from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import KINDS, kind_of
from faceaudit.audit.limits import distinct_limits
from faceaudit.audit.plan_file import example_names, example_text, read_plan_text
from faceaudit.errors import OptionError
from faceaudit.files.atomic import write_atomically
from faceaudit.store import CaseRecord, Store

if TYPE_CHECKING:
    from faceaudit.report.judging import Judgement
    from faceaudit.report.measures import Measure

Outcome = Literal["kept", "failed", "broken", "inconclusive"]
STATUS: Mapping[Outcome, int] = {"kept": 0, "failed": 1, "broken": 3, "inconclusive": 4}
"""The exit status of what became of all limits together; 2 is that of errors."""
EXAMPLE = "backdoor.success>0.15"


@dataclass(frozen=True)
class Unfinished:
    """A case of an audit that gave no figures.

    Attributes:
        kind: of audit; empty where the case never ran.
        title: the case in words.
        why: its error, or that it never ran.
    """

    kind: str
    title: str
    why: str


@dataclass(frozen=True)
class LimitsCheck:
    """What became of the limits on an audit.

    Attributes:
        store: what was judged.
        judgements: one for each limit, in the order in which they were given.
        unfinished: cases that failed or never ran: what they would have shown is unknown.
    """

    store: Store
    judgements: tuple[Judgement, ...]
    unfinished: tuple[Unfinished, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """All of it in one word: a broken limit is known to be, whatever else is not."""
        found = {judgement.outcome for judgement in self.judgements}
        if "broken" in found:
            return "broken"
        if self.unfinished:
            return "failed"
        return "inconclusive" if "inconclusive" in found else "kept"

    @property
    def status(self) -> int:
        """The exit status: 0 all kept, 1 a case failed, 3 a limit is broken, 4 inconclusive."""
        return STATUS[self.outcome]

    def lines(self) -> tuple[str, ...]:
        """Return a line for each limit, as the command line prints them."""
        from faceaudit.report.limit_words import judgement_line  # noqa: PLC0415 - slow to load

        return tuple(map(judgement_line, self.judgements))

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "outcome": self.outcome,
            "status": self.status,
            "limits": [_judgement_values(one) for one in self.judgements],
            "unfinished": [
                {"kind": one.kind, "case": one.title, "why": one.why} for one in self.unfinished
            ],
        }

    def write_junit(self, path: StrPath) -> Path:
        """Write JUnit XML: a test case for each limit and figure, those that passed, too.

        Args:
            path: the file to write.

        Raises:
            OptionError: it cannot be written.
        """
        from faceaudit.report.junit import junit_xml  # noqa: PLC0415 - slow to load

        cases = [(one.title, one.why) for one in self.unfinished]
        return _write(path, junit_xml(self.judgements, cases))

    def write_sarif(self, path: StrPath, plan: StrPath | None = None) -> Path:
        """Write SARIF 2.1.0: a result for each limit and figure, those that passed, too.

        Args:
            path: the file to write.
            plan: the plan's file, or the name of an example, whose lines the results point to; the
                store's `run.json` when None.

        Raises:
            OptionError: it cannot be written, or there is no such plan.
        """
        from faceaudit.report.sarif import PlanText, sarif_log  # noqa: PLC0415 - slow to load

        cases = [(one.kind, one.title, one.why) for one in self.unfinished]
        log = sarif_log(self.judgements, cases, PlanText(*_plan_text(plan, self.store)))
        return _write(path, json.dumps(log, indent=1, allow_nan=False).encode())


def check_limits(store: StoreLike = "audit", *, fail_on: Sequence[str] = ()) -> LimitsCheck:
    """Hold limits against the figures of a store; nothing is run.

    Args:
        store: a `Store`, its folder or its URL.
        fail_on: limits as in `backdoor.success>0.15`, besides those of the plan that was run.

    Returns:
        What became of each limit, by the ends of intervals, and of all of them together.

    Raises:
        OptionError: there is no limit, one is none, or it speaks of what the store does not hold.
        StoreError: nothing was ever run into the store, or by another version of faceaudit.

    Example:
        ::

            checked = faceaudit.check_limits("audit", fail_on=["backdoor.success>0.15"])
            print(checked.outcome, checked.lines())
            checked.write_junit("limits.xml")
    """
    from faceaudit.report.judging import Judgement, judge  # noqa: PLC0415 - slow to load
    from faceaudit.report.least_accuracy import of_working_systems  # noqa: PLC0415

    kept = store_of(store)
    account = kept.run()
    own = account["plan"].get("limits") or ()
    limits = distinct_limits((*own, *check_fail_on(fail_on)))
    if not limits:
        raise OptionError(
            f"expected a limit, got none: neither in the plan of {kept.url} nor beside it; try "
            f"--fail-on {EXAMPLE!r}"
        )
    records = {record.id: record for record in kept.cases(figures_only=True)}
    unfinished = _unfinished(account["cases"], records)
    declared = Declared(**account["plan"].get("declared") or {})
    measures = of_working_systems(_measures(list(records.values())), declared.least_accuracy)
    judgements = []
    for limit in limits:
        try:
            judgements.append(judge(limit, measures))
        except OptionError:
            if not unfinished:
                raise
            # A case that gave no figures may be the one that the limit speaks of.
            why = "no finished case has such a figure"
            judgements.append(Judgement(limit, "inconclusive", why_none=why))
    return LimitsCheck(kept, tuple(judgements), unfinished)


def check_fail_on(fail_on: object) -> Sequence[str]:
    """Return limits as they are.

    Raises:
        OptionError: they are no list of texts.
    """
    if isinstance(fail_on, str) or not isinstance(fail_on, Sequence):
        raise OptionError(f"expected a list of limits, got {shown(fail_on)}; try [{EXAMPLE!r}]")
    if not all(isinstance(one, str) for one in fail_on):
        raise OptionError(f"expected limits as text, got {shown(fail_on)}; try [{EXAMPLE!r}]")
    return fail_on


def _measures(records: Sequence[CaseRecord]) -> list[Measure]:
    """Return the measures of all kinds."""
    from faceaudit.report.section import section_of  # noqa: PLC0415 - slow to load

    found: list[Measure] = []
    for kind in KINDS:
        cases = [record for record in records if record.spec.get("kind") == kind.name]
        if cases:
            found += section_of(kind.report).measures(cases)
    return found


def _unfinished(
    planned: Sequence[str], records: Mapping[str, CaseRecord]
) -> tuple[Unfinished, ...]:
    """Return the cases that gave no figures."""
    from faceaudit.report.section import section_of  # noqa: PLC0415 - slow to load

    found = []
    for record in records.values():
        if record.error is not None:
            kind = kind_of(record.spec["kind"])
            line = section_of(kind.report).line(record)
            title = ", ".join((line.title, *line.details))
            found.append(Unfinished(kind.name, title, record.error))
    missing = [case for case in dict.fromkeys(planned) if case not in records]
    why = "it never ran; give the same `faceaudit run` again"
    return (*found, *(Unfinished("", f"case {case[:8]}", why) for case in missing))


def _judgement_values(judgement: Judgement) -> dict[str, Any]:
    from faceaudit.report.judging import verdict  # noqa: PLC0415 - slow to load

    limit = judgement.limit
    figures = []
    for measure in judgement.measures:
        found = measure.estimate
        figures.append(
            {
                "measure": measure.title,
                "outcome": verdict(limit, measure),
                "value": found and found.value,
                "low": found and found.low,
                "high": found and found.high,
                "n": found and found.n,
                "why_none": measure.why_none,
                "caution": measure.caution,
                "cases": list(measure.cases),
            }
        )
    return {
        "limit": limit.text,
        "outcome": judgement.outcome,
        "why_none": judgement.why_none,
        "figures": figures,
    }


def _plan_text(plan: StrPath | None, store: Store) -> tuple[str, str]:
    """Return a plan's URI and YAML, or those of the store where no plan is named."""
    if plan is None:
        return (_uri(Path(store.root) / "run.json") if store.local else "run.json"), ""
    path = Path(plan).expanduser()
    if not path.is_file() and str(plan) in example_names():
        return f"faceaudit/examples/{plan}.yaml", example_text(str(plan))
    return _uri(path), read_plan_text(path)


def _uri(path: Path) -> str:
    """Return a path's URI, relative to the working directory where it lies below that."""
    whole, here = path.resolve(), Path.cwd().resolve()
    if here not in whole.parents:
        return whole.as_uri()
    return quote(os.fsencode(whole.relative_to(here).as_posix()))


def _write(path: StrPath, content: bytes) -> Path:
    file = output_of(path, "a file to write")
    try:
        write_atomically(file, content)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {file} ({error})") from None
    return file
