"""What an audit found, as the first screen of its report says it: HTML of verdicts and cases.

The words are the report's own and English; what is around them is in the session's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from faceaudit.app.language import say
from faceaudit.app.outside import shown, with_commands

if TYPE_CHECKING:
    from faceaudit.report.first_screen.card import Card, NotTested
    from faceaudit.report.summary.models import CaseValues, ReportValues


def shape(outcome: str) -> str:
    """Return the mark of an outcome, which its colour never stands without."""
    return f'<span class="shape {shown(outcome)}" aria-hidden="true"></span>'


_DASH = "\N{EN DASH}"


def unbroken(text: str) -> str:
    r"""Return text in which a number and its unit are never set apart.

    >>> unbroken("5 %, n = 3")
    '5\xa0%, n\xa0=\xa03'
    """
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    text = text.replace("n = ", "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    return text.replace(_DASH, f"\N{WORD JOINER}{_DASH}\N{WORD JOINER}")


def lines_html(lines: Iterable[str]) -> str:
    r"""Return lines of text as a list in English, with commands in them set as such.

    >>> lines_html(["a < b; try `faceaudit init`"])
    '<ul lang="en"><li>a &lt; b; try <code>faceaudit init</code></li></ul>'
    """
    items = (with_commands(unbroken(line)) for line in lines)
    return f'<ul lang="en">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def verdicts_html(values: ReportValues) -> str:
    """Return the verdict of an audit, and a card for each threat."""
    parts = [f'<div class="audits" lang="en"><h3>{shown(values.verdict)}</h3>']
    if values.system:
        parts.append(f'<p class="setting">{shown(" · ".join(values.system))}</p>')
    if values.demonstration:
        parts.append(f'<p class="badge"{_own_language()}>{shown(say("audits.demonstration"))}</p>')
    parts += [
        f'<p class="warning">{shown(said)}</p>'
        for said in (values.incomplete, *values.run.said_first)
        if said
    ]
    parts.append(f'<div class="outcomes">{"".join(map(_card, values.cards))}</div>')
    if values.others:
        rows = "".join(
            f"<dt>{shown(title)}</dt><dd>{shown(detail)}</dd>" for title, detail in values.others
        )
        parts.append(f'<dl class="not-tested">{rows}</dl>')
    parts.append(_not_tested(values.not_tested))
    return "".join(parts) + "</div>"


def _own_language() -> str:
    return f' lang="{say("audits.code")}"'


def _card(card: Card) -> str:
    figure = card.figure
    spread = " · ".join(filter(None, (figure.interval, figure.n)))
    limit = say("audits.limit", limit=figure.limit) if figure.limit else ""
    value = f"<strong>{shown(figure.value)}</strong> " if figure.value else ""
    lines = "".join(
        f'<span class="spread"{language}>{shown(unbroken(line))}</span>'
        for line, language in ((spread, ""), (limit, _own_language()))
        if line
    )
    why = f'<p class="why">{shown(card.why)}</p>' if card.why else ""
    return (
        f'<section class="outcome {shown(card.outcome)}" aria-label="{shown(card.name)}">'
        f'<p class="threat"><span class="severity">{shape(card.outcome)}'
        f"<span>{shown(card.word)}</span></span>{shown(card.name)}</p>"
        f"<h3>{shown(card.verdict)}</h3>"
        f'<p class="key-figure">{value}{shown(unbroken(figure.of))}{lines}</p>'
        f"<p>{shown(card.explanation)}</p>{why}{_advice(card)}{_tried(card)}</section>"
    )


def _advice(card: Card) -> str:
    if not card.advice:
        return ""
    lines = lines_html(one.text for one in card.advice)
    return f"<h4{_own_language()}>{shown(say('audits.advice'))}</h4>{lines}"


def _tried(card: Card) -> str:
    if not card.tried:
        return ""
    lines = "".join(
        f'<li class="{shown(one.outcome)}">{shape(one.outcome)}<span>{shown(one.name)}: '
        f"<b>{shown(one.word)}</b> "
        f'<span class="spread">{shown(unbroken(one.figure))}</span></span></li>'
        for one in card.tried
    )
    summary = shown(say("audits.tried", n=len(card.tried)))
    return (
        f"<details><summary{_own_language()}>{summary}</summary>"
        f'<ul class="tried">{lines}</ul></details>'
    )


def _not_tested(listed: Iterable[NotTested]) -> str:
    rows = "".join(
        f"<dt>{shown(one.name)}</dt><dd>{shown('. '.join(filter(None, (one.what, one.why))))}</dd>"
        for one in listed
    )
    if not rows:
        return ""
    summary = shown(say("audits.not_tested"))
    return (
        f"<details><summary{_own_language()}>{summary}</summary>"
        f'<dl class="not-tested">{rows}</dl></details>'
    )


_STATES = {
    "measured": "kept",
    "failed": "broken",
    "damaged": "broken",
    "not in the store": "none",
}


def cases_html(cases: Sequence[CaseValues]) -> str:
    """Return a table of cases, and what became of each."""
    failed = any(case.error for case in cases)
    rows = "".join(
        f'<tr><th scope="row">{shown(case.title or case.id)}<span class="spread">'
        f"{shown(' · '.join(case.details))}</span></th>"
        f'<td class="tone {_STATES[case.state]}">{shape(_STATES[case.state])} '
        f"{shown(say('audits.case_' + case.state.split()[0]))}</td>"
        f"{f'<td lang=en>{shown(case.error)}</td>' if failed else ''}</tr>"
        for case in cases
    )
    heads = "".join(
        f'<th scope="col">{shown(say(f"audits.{key}"))}</th>'
        for key in ("case", "case_state", "case_error")[: 3 if failed else 2]
    )
    return scroll(
        f"<table><caption>{shown(say('audits.cases_caption'))}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>",
        say("audits.cases_caption"),
    )


def scroll(table: str, label: str) -> str:
    """Return a table that scrolls in itself where the page is narrow, by keys too."""
    return (
        f'<div class="audits"><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{shown(label)}">{table}</div></div>'
    )
