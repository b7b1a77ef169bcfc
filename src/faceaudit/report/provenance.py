"""Provenance of the report's figures: plan, cases, versions, machine, and photos left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from markupsafe import Markup

from faceaudit.audit.planned import Planned
from faceaudit.cleaning import clean
from faceaudit.report.numbers import count, counted, date_and_time, duration, listed
from faceaudit.report.section import Audited, CaseLine
from faceaudit.report.templating import fit_long
from faceaudit.store import CaseRecord

UNKNOWN = "not recorded"
PHOTOS_SHOWN = 200
"""Number of photos left out that are listed in the page; the store lists them all."""

LONGEST_PLAN = 200_000
"""Characters of the longest plan that the page has whole."""

FAILED_SHOWN = 3
"""Cases that are named of those that failed for the same reason; the table has all."""


@dataclass(frozen=True)
class CaseRow:
    """One case of the plan and what became of it.

    Attributes:
        id: the case's.
        title: the case in a few words.
        columns: the values of `Provenance.columns`.
        state: "measured", "failed", "not in the store" or "damaged".
    """

    id: str
    title: str
    columns: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class Failure:
    """Cases that ended in the same error.

    Attributes:
        error: the reason.
        count: how many there are, in words.
        titles: which, in words: the first of them.
    """

    error: str
    count: str
    titles: str


@dataclass(frozen=True)
class Provenance:
    """Everything that a figure can be traced back to.

    Attributes:
        name: the plan's title; "audit" where it has none.
        when: when the run started, in words.
        audited: the systems and faces that were audited, in a few words each.
        facts, machine, versions: names and values.
        plan: the plan as YAML.
        columns: heads of those columns of the cases that kinds of audit add.
        cases: every case of the plan.
        failed: those that ended in an error, by the error.
        left_out: photos that were not used, and why: the first of them.
        left_out_count: how many there are in all.
        remarks, remarks_count: the same of photos that were used, but not as they were.
    """

    name: str
    when: str
    audited: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    machine: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    plan: Markup
    columns: tuple[str, ...]
    cases: tuple[CaseRow, ...]
    failed: tuple[Failure, ...]
    left_out: tuple[tuple[str, str], ...]
    left_out_count: int
    remarks: tuple[tuple[str, str], ...]
    remarks_count: int


def provenance(
    run: Mapping[str, Any],
    planned: Planned,
    lines: Mapping[str, CaseLine],
    audited: Sequence[Audited],
) -> Provenance:
    """Return the provenance of a store's figures.

    Args:
        run: the store's account of the last run.
        planned: the cases of that run.
        lines: each of those cases in a few words, by its id.
        audited: what was audited, one for each kind of audit.
    """
    plan, seconds = run["plan"], run["seconds"]
    # Sections of the plan may have seeds of their own.
    records = planned.records
    seeds = {record.spec["seed"] for record in records if "seed" in record.spec} or plan["seeds"]
    when = date_and_time(run["started"]) if run["started"] else UNKNOWN
    by_id = {record.id: record for record in records}
    columns = tuple(dict.fromkeys(name for line in lines.values() for name in line.columns))
    cases = [
        _build_row(case, by_id.get(case), lines.get(case), columns, planned) for case in planned.ids
    ]
    return Provenance(
        name=clean(plan["title"] or "audit"),
        when=when,
        audited=describe_audited(audited),
        facts=(
            ("Started", when),
            ("Took", "did not end" if seconds is None else duration(seconds)),
            ("Commit", run["commit"] or UNKNOWN),
            ("Seeds", listed([str(seed) for seed in sorted(seeds)], most=20) or UNKNOWN),
            ("Cases", count(len(cases))),
            ("Photos left out", count(len(run["left_out"])) if run["left_out"] else "none"),
        ),
        machine=_describe_machine(run["machine"]),
        versions=tuple((name, str(value)) for name, value in run["versions"].items()),
        plan=fit_long(yaml.safe_dump(plan, sort_keys=False, allow_unicode=True), LONGEST_PLAN),
        columns=columns,
        cases=tuple(cases),
        failed=_group_failures(records, lines),
        left_out=_first_photos(run["left_out"]),
        left_out_count=len(run["left_out"]),
        remarks=_first_photos(run["remarks"]),
        remarks_count=len(run["remarks"]),
    )


def _build_row(
    case: str,
    record: CaseRecord | None,
    line: CaseLine | None,
    columns: Sequence[str],
    planned: Planned,
) -> CaseRow:
    if record is None or line is None:
        state = "damaged" if case in planned.damaged else "not in the store"
        return CaseRow(case, "unknown", ("",) * len(columns), state)
    values = {**dict.fromkeys(columns, ""), **line.columns}
    state = "measured" if record.error is None else "failed"
    return CaseRow(case, line.title, tuple(values[name] for name in columns), state)


def _group_failures(
    records: Iterable[CaseRecord], lines: Mapping[str, CaseLine]
) -> tuple[Failure, ...]:
    """Return each error once, with the cases that ended in it."""
    by_error: dict[str, list[str]] = {}
    for record in records:
        if record.error is not None:
            line = lines[record.id]
            by_error.setdefault(record.error, []).append(", ".join((line.title, *line.details)))
    return tuple(
        Failure(
            error, counted(len(titles), "case"), "; ".join(titles[:FAILED_SHOWN]) + _rest(titles)
        )
        for error, titles in by_error.items()
    )


def _rest(titles: Sequence[str]) -> str:
    more = len(titles) - FAILED_SHOWN
    return f"; and {count(more)} more" if more > 0 else ""


def describe_audited(audited: Iterable[Audited]) -> tuple[str, ...]:
    """Return networks, sources and numbers of people over all kinds, each once, then the rest."""
    networks = dict.fromkeys(name for part in audited for name in part.networks)
    sources = dict.fromkeys(name.replace("_", " ") for part in audited for name in part.sources)
    people = dict.fromkeys(count(number) for part in audited for number in part.people)
    phrases = [
        listed([*networks]),
        f"{listed([*sources])} faces" if sources else "",
        f"{listed([*people])} people" if people else "",
        *dict.fromkeys(phrase for part in audited for phrase in part.more),
    ]
    return tuple(filter(None, phrases))


def _first_photos(photos: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((photo["id"], photo["reason"]) for photo in photos[:PHOTOS_SHOWN])


def _describe_machine(machine: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return names and values in words; a name that ends in `_gb` is an amount in GB."""
    described = []
    for name, value in machine.items():
        title, _, unit = name.rpartition("_")
        if unit == "gb":
            described.append((title.replace("_", " ").capitalize(), f"{value} GB"))
        else:
            described.append((name.replace("_", " ").capitalize(), str(value)))
    return tuple(described)
