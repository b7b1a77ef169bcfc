"""A report as values, from its store."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from importlib import metadata
from typing import Any, TypeVar

from faceaudit.audit.declared import Declared
from faceaudit.audit.limits import SourcedLimit, limits_of
from faceaudit.audit.planned import Planned, account_of
from faceaudit.audit.results import rows_of
from faceaudit.cleaning import clean
from faceaudit.errors import OptionError
from faceaudit.registry import FAMILIES
from faceaudit.report.elements import NO_REASON, incomplete
from faceaudit.report.first_screen import KindCases, by_kind, first_screen
from faceaudit.report.identifiers import (
    ai_act_remarks,
    coverage,
    identifiers_or_none,
    subjects,
)
from faceaudit.report.judging import Judgement, judge
from faceaudit.report.kept_cases import kept_cases, once, tolerant
from faceaudit.report.least_accuracy import of_working_systems
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import SPACE
from faceaudit.report.provenance import PHOTOS_SHOWN
from faceaudit.report.summary.models import (
    AiActValues,
    CaseValues,
    JudgementValues,
    ListedValues,
    MeasureValues,
    Product,
    ReportValues,
    RunValues,
    SubjectValues,
)
from faceaudit.report.templating import fit
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate

T = TypeVar("T")
NOT_FINITE = "the figure is no finite number"


def values_of(store: Store) -> ReportValues:
    """Return everything that a store's report says; the same store gives the same values.

    Raises:
        StoreError: nothing was ever run into the store, or it holds cases of another version.
    """
    run = account_of(store)
    return tolerant(store, lambda planned: _values(store, run, planned))


def _values(store: Store, run: Mapping[str, Any], planned: Planned) -> ReportValues:
    plan = run["plan"]
    records = {record.id: record for record in kept_cases(planned, store)}
    found = by_kind(list(records.values()), store, run)
    screen = _plain(first_screen(run, found))
    declared = Declared(**plan.get("declared") or {})
    measures = {
        one.kind.name: of_working_systems(
            once(one.records, one.section.measures), declared.least_accuracy
        )
        for one in found
    }
    cases = tuple(_cases(planned, records, found))
    audited = tuple(
        dict.fromkeys(
            (
                *(card.subject for card in screen.cards),
                *_components(records.values()),
                *_measured(one for each in measures.values() for one in each),
            )
        )
    )
    return ReportValues(
        product=Product(version=metadata.version("faceaudit")),
        verdict=screen.verdict,
        incomplete=_plain(
            incomplete(len(cases), planned.failed, len(planned.missing), len(planned.damaged))
        ),
        system=screen.system,
        demonstration=screen.demonstration,
        run=_run(run),
        cards=screen.cards,
        others=screen.others,
        not_tested=screen.not_tested,
        judgements=tuple(
            _judgement(limit, measures[limit.limit.kind])
            for limit in limits_of(plan)
            if limit.limit.kind in measures
        ),
        measures=tuple(_measure(one) for each in measures.values() for one in each),
        identifiers=tuple(
            SubjectValues(subject=subject, identifiers=identifiers_or_none(subject))
            for subject in audited
        ),
        ai_act=AiActValues(remarks=ai_act_remarks(declared.use), coverage=coverage(audited)),
        cases=cases,
    )


def json_of(values: ReportValues) -> str:
    """Return a report's values as JSON, as docs/report.schema.json has it."""
    plain = _fit(values.model_dump(mode="json"))
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _fit(value: Any) -> Any:
    """Return plain values with every text bounded and cleaned, as the page has it."""
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, dict):
        return {fit(name): _fit(one) for name, one in value.items()}
    return [_fit(one) for one in value] if isinstance(value, list) else value


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `report.json`, which docs/report.schema.json is."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ReportValues.model_json_schema(mode="serialization"),
    }


def _run(run: Mapping[str, Any]) -> RunValues:
    return RunValues(
        title=clean(run["plan"].get("title", "")),
        plan=run["plan"],
        started=run["started"] or "",
        seconds=run["seconds"],
        versions={name: str(version) for name, version in run["versions"].items()},
        machine=run["machine"],
        commit=run["commit"] or "",
        said_first=tuple(map(fit, run.get("said_first", ()))),
        left_out=_listed(run["left_out"]),
        remarks=_listed(run["remarks"]),
    )


def _listed(photos: Sequence[Mapping[str, str]]) -> ListedValues:
    first = tuple((clean(photo["id"]), fit(photo["reason"])) for photo in photos[:PHOTOS_SHOWN])
    return ListedValues(count=len(photos), first=first)


def _cases(
    planned: Planned, records: Mapping[str, CaseRecord], found: Iterable[KindCases]
) -> Iterator[CaseValues]:
    """Yield every case of the plan, in its order."""
    known = {record.id: one for one in found for record in one.records}
    for case in planned.ids:
        record = records.get(case)
        if record is None:
            damaged = case in planned.damaged
            yield CaseValues(
                id=case,
                kind="",
                title="",
                details=(),
                state="damaged" if damaged else "not in the store",
                error="",
            )
            continue
        line = known[case].section.line(record)
        yield CaseValues(
            id=case,
            kind=known[case].kind.name,
            title=_plain(line.title),
            details=_plain(line.details),
            state="measured" if record.error is None else "failed",
            error=fit(record.error or ""),
        )


def _components(records: Iterable[CaseRecord]) -> Iterator[str]:
    """Yield the attacks and mitigations of cases as identifiers are looked up by."""
    named = dict.fromkeys(
        (row.kind, row.attack, row.mitigation) for record in records for row in rows_of(record)
    )
    for kind, attack, mitigation in named:
        for family, name in (
            (f"{kind}_attack", attack.partition(" ")[0]),
            (f"{kind}_mitigation", mitigation.partition("(")[0]),
        ):
            if family in FAMILIES and name in FAMILIES[family].names():
                yield f"{family.removesuffix('_attack')}/{name}"


def _measured(measures: Iterable[Measure]) -> Iterator[str]:
    """Yield the measures that identifiers are looked up by themselves, as wrong keys are."""
    known = subjects()
    for one in measures:
        if one.estimate is not None and f"{one.kind}/{one.name}" in known:
            yield f"{one.kind}/{one.name}"


def _measure(measure: Measure) -> MeasureValues:
    estimate = _plain(measure.estimate)
    why_none = measure.why_none if measure.estimate is None else NOT_FINITE
    return MeasureValues(
        title=measure.title,
        kind=measure.kind,
        name=measure.name,
        labels=measure.labels,
        estimate=estimate,
        why_none="" if estimate else _plain(why_none) or NO_REASON,
        caution=_plain(measure.caution).strip(),
        cases=measure.cases,
        anchor=measure.anchor,
    )


def _judgement(sourced: SourcedLimit, measures: Sequence[Measure]) -> JudgementValues:
    limit = sourced.limit
    try:
        judgement = judge(limit, measures)
    except OptionError as error:  # a case that failed, or a plan that does not measure it
        judgement = Judgement(limit, "inconclusive", why_none=str(error))
    return JudgementValues(
        limit=limit.text,
        measure=limit.measure,
        labels=limit.labels,
        sign=limit.sign,
        bound=limit.bound,
        default=sourced.default,
        outcome=judgement.outcome,
        why_none=judgement.why_none,
        deciding=tuple(one.title for one in judgement.deciding),
        measures=tuple(one.title for one in judgement.measures),
    )


def _plain(value: T) -> T:
    """Return a value as programs read it: spaces of one kind, no estimate that is not finite."""
    if isinstance(value, str):
        return fit(value.replace(SPACE, " "))  # type: ignore[return-value]
    if isinstance(value, Estimate):
        numbers = (value.value, value.low, value.high)
        return value if all(map(math.isfinite, numbers)) else None  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(map(_plain, value))  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    return value
