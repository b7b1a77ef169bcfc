"""The first screen of a store: limits held against figures, and a card for each threat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit import kinds
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.declared import Declared
from faceaudit.audit.limits import SourcedLimit, limits_of
from faceaudit.audit.planned import account_of
from faceaudit.errors import OptionError, StoreError
from faceaudit.report.first_screen.card import Card, FirstScreen, LimitLine
from faceaudit.report.first_screen.not_tested import not_tested
from faceaudit.report.identifiers import (
    Identifier,
    ai_act_remarks,
    coverage,
    identifiers_or_none,
)
from faceaudit.report.judging import Judgement, judge
from faceaudit.report.kept_cases import Cases, kept_cases, once, tolerant
from faceaudit.report.least_accuracy import of_working_systems
from faceaudit.report.numbers import date_and_time
from faceaudit.report.provenance import UNKNOWN, describe_audited
from faceaudit.report.section import Part, Section, section_of
from faceaudit.report.threats import WORDS, Outcome, Threat
from faceaudit.store import CaseRecord, Store

MOST_SAID = 2
"""Threats that the sentence about the whole audit says in words; the others are counted."""


@dataclass(frozen=True, eq=False)
class KindCases:
    """The cases of one kind of audit, and what its section makes of them.

    Attributes:
        kind: of audit.
        section, part: its section of the report, and everything that the page shows of the cases.
        records: the cases in the order of the plan, at least one.
    """

    kind: AuditKind[Any]
    section: Section
    part: Part
    records: Sequence[CaseRecord]


def of(store: Store) -> FirstScreen:
    """Return everything that the first screen of a store's report says.

    Raises:
        StoreError: nothing was ever run into the store, or it holds cases of another version.
    """
    run = account_of(store)
    return tolerant(
        store, lambda planned: first_screen(run, by_kind(kept_cases(planned, store), store, run))
    )


def by_kind(records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> list[KindCases]:
    """Return the cases of each kind that there are any of, in the order of `KINDS`.

    Raises:
        StoreError: a case is of another version.
    """
    named = [(_kind_name(record), record) for record in records]
    found = []
    for kind in kinds.KINDS:
        own = Cases(record for name, record in named if name == kind.name)
        if own:
            section = section_of(kind.report)
            found.append(KindCases(kind, section, section.part(own, store, run), own))
    return found


def _kind_name(record: CaseRecord) -> str:
    """Return the name of the kind that a case is of, which this version knows."""
    if "kind" not in record.spec:
        raise StoreError(
            f"expected a case that names its kind of audit, got {record.id[:16]} of an older "
            "version; run the audit again"
        )
    return kinds.kind_of(record.spec["kind"]).name


def first_screen(run: Mapping[str, Any], cases: Sequence[KindCases]) -> FirstScreen:
    """Return everything that the first screen says of a run.

    Args:
        run: the store's account of it.
        cases: one for each kind that the store has cases of, in the order of `KINDS`.
    """
    plan = run["plan"]
    declared = Declared(**plan.get("declared") or {})
    cards: list[Card] = []
    others: list[tuple[str, str]] = []
    threats: list[Threat] = []
    for one in cases:
        limits = _judge(one, limits_of(plan), declared)
        judgements = [judgement for _, judgement in limits]
        found = one.section.threats(one.records, judgements, declared)
        headline = one.part.headline
        if not found:
            others.append((headline.title, headline.detail))
        for threat in found:
            detail = f"{headline.title}. {headline.detail}" if threat is found[0] else ""
            cards.append(_card(one.kind.name, threat, limits, detail=detail))
        threats += found
    if not cases:
        others.append(("Nothing was measured", "The store holds no case."))
    return FirstScreen(
        verdict=_verdict(threats) or others[0][0],
        system=describe_audited([one.part.audited for one in cases]),
        date=date_and_time(run["started"]) if run["started"] else UNKNOWN,
        demonstration=bool(threats) and all(threat.demonstration for threat in threats),
        cards=tuple(cards),
        others=tuple(others),
        not_tested=not_tested(plan, threats),
        ai_act=ai_act_remarks(declared.use),
        coverage=coverage(
            subject
            for threat in threats
            if _is_measured(threat)
            for subject in (threat.subject, *threat.subjects)
        ),
    )


_Held = tuple[SourcedLimit, Judgement]
"""A limit, and what it says of the figures."""


def _judge(one: KindCases, limits: Iterable[SourcedLimit], declared: Declared) -> list[_Held]:
    """Hold the limits of one kind against its measures; one that speaks of none says why."""
    measures = of_working_systems(once(one.records, one.section.measures), declared.least_accuracy)
    held: list[_Held] = []
    for limit in limits:
        if limit.limit.kind == one.kind.name:
            try:
                held.append((limit, judge(limit.limit, measures)))
            except OptionError as error:
                # What a default limit asks for was not the owner's choice: no remedy is theirs.
                why = "nothing that it speaks of was measured"
                why += "" if limit.default else f": {error}"
                held.append((limit, Judgement(limit.limit, "inconclusive", why_none=why)))
    return held


def _card(kind: str, threat: Threat, limits: Sequence[_Held], *, detail: str) -> Card:
    lines = [
        _limit_line(sourced, judgement, decides=judgement in threat.judgements)
        for sourced, judgement in limits
        if judgement in (*threat.judgements, *threat.further)
    ]
    return Card(
        id=f"threat-{threat.subject.replace('/', '-')}",
        kind=kind,
        subject=threat.subject,
        name=threat.name,
        outcome=threat.outcome,
        word=WORDS[threat.outcome],
        verdict=threat.verdict,
        explanation=threat.explanation,
        figure=threat.figure,
        tried=threat.tried,
        advice=threat.advice,
        why=threat.why,
        limits=tuple(lines),
        risk=threat.risk,
        identifiers=_identify(threat),
        demonstration=threat.demonstration,
        detail=detail,
    )


def _limit_line(sourced: SourcedLimit, judgement: Judgement, *, decides: bool) -> LimitLine:
    return LimitLine(
        text=sourced.limit.text,
        outcome=judgement.outcome,
        word=WORDS[judgement.outcome],
        decides=decides,
        default=sourced.default,
        why=sourced.why,
        source=sourced.source,
        url=sourced.url,
        note=judgement.why_none,
    )


def _identify(threat: Threat) -> tuple[Identifier, ...]:
    """Return the identifiers of all that was tried, each once and as well as it fits any.

    They are in the order of their schemes.
    """
    found: dict[tuple[str, str, str], Identifier] = {}
    for subject in threat.subjects or (threat.subject,):
        for one in identifiers_or_none(subject):
            kept = found.setdefault((one.scheme, one.id, one.name), one)
            if kept.fit == "near" and one.fit == "exact":
                found[one.scheme, one.id, one.name] = one
    named = {one.scheme for one in found.values() if one.fit != "none"}
    lines = [one for one in found.values() if one.fit != "none" or one.scheme not in named]
    order = list(dict.fromkeys(one.scheme for one in lines))
    return tuple(sorted(lines, key=lambda one: order.index(one.scheme)))


def _is_measured(threat: Threat) -> bool:
    """Return whether anything was: what failed throughout, or was never tried, tested nothing."""
    shown = bool(threat.tried) and threat.figure.estimate is not None
    return shown or any(one.outcome != "none" for one in threat.tried)


def _verdict(threats: Sequence[Threat]) -> str:
    """Say in one sentence what is broken; else what is open; else that all limits are kept."""
    clauses: dict[Outcome, dict[str, None]] = {}
    for threat in threats:
        clauses.setdefault(threat.outcome, {})[threat.clause] = None
    said = {outcome: ", and ".join([*found][:MOST_SAID]) for outcome, found in clauses.items()}
    more = {outcome: max(0, len(found) - MOST_SAID) for outcome, found in clauses.items()}
    undecided = sum(one.outcome in ("inconclusive", "none") for one in threats)
    if "broken" in said:
        rest = [(more["broken"], "shown"), (undecided, "not decided")]
        tail = " and ".join(f"{_others(count)} {word}" for count, word in rest if count)
        text = f"{said['broken']}{f'; {tail}' if tail else ''}"
    elif undecided:
        open_ = f"it is open {said['inconclusive']}" if "inconclusive" in said else ""
        none = f"there is no verdict on {said['none']}" if "none" in said else ""
        text = "; ".join(filter(None, (open_, none)))
    else:
        text = said.get("kept", "")
    if "broken" not in said and any(more.values()):
        text += f"; {sum(more.values())} more below"
    return f"{text[:1].upper()}{text[1:]}"


def _others(count: int) -> str:
    return "another threat is" if count == 1 else f"{count} other threats are"
