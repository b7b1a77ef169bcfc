"""The report as one page of Markdown: verdicts, figures, limits, identifiers, what is untested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from faceaudit.report.first_screen import Card, LimitLine
from faceaudit.report.identifiers import Identifier
from faceaudit.report.numbers import date_and_time
from faceaudit.report.provenance import UNKNOWN
from faceaudit.report.summary.escaping import escape
from faceaudit.report.summary.models import CaseValues, ReportValues
from faceaudit.report.threats import RiskLine

FAILED_SHOWN = 20
"""Failed cases that are listed; report.json has all of them."""
DEMONSTRATION = (
    "A demonstration on synthetic people and networks trained here, not an audit of a system in "
    "use."
)


def markdown_of(values: ReportValues) -> str:
    """Return a report as Markdown (CommonMark with tables); every name in it is escaped."""
    blocks = [block for block in _blocks(values) if block]
    return "\n\n".join(blocks) + "\n"


def _blocks(values: ReportValues) -> Iterator[str]:
    yield f"# {escape(values.run.title or 'Audit of face recognition')}"
    yield f"**{escape(values.verdict)}.**"
    when = date_and_time(values.run.started) if values.run.started else UNKNOWN
    program = f"faceaudit {values.product.version}"
    yield f"{escape(', '.join(values.system) or 'Nothing')}. {escape(when)}. {escape(program)}."
    yield f"> {DEMONSTRATION}" if values.demonstration else ""
    yield f"> {escape(values.incomplete)}" if values.incomplete else ""
    yield _bullets(values.run.said_first)
    yield _verdicts(values.cards)
    for card in values.cards:
        yield from _card(card)
    for title, detail in values.others:
        yield f"## {escape(title)}"
        yield escape(detail)
    yield from _limits(values.cards)
    yield from _not_tested(values)
    yield from _identifiers(values.cards)
    yield "## AI Act"
    yield _bullets(values.ai_act.remarks)
    yield _table(
        ("Art. 15(5)", "tested here"),
        (
            (one.word, ", ".join(_outermost(one.subjects)) or "not tested")
            for one in values.ai_act.coverage
        ),
    )
    yield from _failed(values.cases)


def _verdicts(cards: Sequence[Card]) -> str:
    return _table(
        ("threat", "verdict", "figure", "interval", "n", "limit"),
        (
            (
                card.name,
                card.word,
                f"{card.figure.value} {card.figure.of}",
                card.figure.interval,
                card.figure.n,
                card.figure.limit,
            )
            for card in cards
        ),
    )


def _card(card: Card) -> Iterator[str]:
    yield f"## {escape(card.name)}: {escape(card.word)}"
    yield escape(" ".join(filter(None, (f"{card.verdict}.", card.explanation, card.why))))
    yield _table(
        ("tried", "figure", "outcome"), ((one.name, one.figure, one.word) for one in card.tried)
    )
    if card.advice:
        yield "What to do:"
        yield _bullets(one.text for one in card.advice)
    if card.risk.measured or card.risk.declared or card.risk.combined:
        yield "Risk, never as one number:"
        yield "\n".join(
            f"- {name}: {escape(_risk(lines, unknown))}"
            for name, lines, unknown in (
                ("measured", card.risk.measured, "not measured"),
                ("declared", card.risk.declared, "not declared"),
                ("combined", card.risk.combined, "not known"),
            )
            if lines
        )


def _risk(lines: Sequence[RiskLine], unknown: str) -> str:
    """Return what is known in words, then the names of what is not; report.json says why."""
    known = [f"{line.name}: {line.text}" for line in lines if line.known]
    rest = [line.name for line in lines if not line.known]
    return "; ".join([*known, f"{unknown}: {'; '.join(rest)}"] if rest else known)


def _limits(cards: Iterable[Card]) -> Iterator[str]:
    lines = [line for card in cards for line in card.limits]
    if lines:
        yield "## Limits"
        yield _table(("limit", "outcome", "where from"), map(_limit, lines))


def _limit(line: LimitLine) -> tuple[str, str, str]:
    if not line.default:
        return line.text, line.word, line.note or "the plan"
    source = f"Source: {line.source}." if line.source else ""
    return line.text, line.word, " ".join(filter(None, (line.note, line.why, source)))


def _not_tested(values: ReportValues) -> Iterator[str]:
    yield "## What was not tested"
    yield _bullets(
        f"{': '.join(filter(None, (one.name, one.what)))} ({one.why})" for one in values.not_tested
    )


def _identifiers(cards: Iterable[Card]) -> Iterator[str]:
    found: dict[Identifier, list[str]] = {}
    for card in cards:
        for one in card.identifiers:
            found.setdefault(one, []).append(card.name)
    if found:
        yield "## Identifiers"
        yield _table(
            ("threat", "list", "identifier", "fit", "note"),
            (
                (", ".join(names), one.scheme_label, one.label, one.fit, one.note)
                for one, names in found.items()
            ),
        )


def _outermost(subjects: Sequence[str]) -> list[str]:
    """Return the subjects that are no part of another, as backdoor/blended is of backdoor."""
    return [one for one in subjects if one.partition("/")[0] not in subjects or "/" not in one]


def _failed(cases: Iterable[CaseValues]) -> Iterator[str]:
    failed = [case for case in cases if case.state == "failed"]
    if failed:
        yield "## Cases that failed"
        lines = [f"{', '.join((case.title, *case.details))}: {case.error}" for case in failed]
        more = len(lines) - FAILED_SHOWN
        yield _bullets(lines[:FAILED_SHOWN] + [f"and {more:,} more"] * (more > 0))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; nothing where it has no row."""
    body = [f"| {' | '.join(map(escape, row))} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *body])
