"""Threats: what a kind of audit says on the first screen of the report, as plain values.

A kind fills these from its records and from the limits that were held against its measures; the
first screen shows one card for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from faceaudit.report.elements import NO_REASON
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import SPACE, counted
from faceaudit.types import Estimate

Outcome = Literal["broken", "kept", "inconclusive", "none"]
"""Of a limit that was held against figures; "none" where there is no verdict at all."""
_ORDER: tuple[Outcome, ...] = ("broken", "inconclusive", "kept", "none")
WORDS: dict[Outcome, str] = {
    "broken": "limit broken",
    "kept": "limit kept",
    "inconclusive": "inconclusive",
    "none": "no verdict",
}


@dataclass(frozen=True)
class KeyFigure:
    """The one figure of a card.

    Attributes:
        value: in words a person would say, such as "100 %"; empty where there is none.
        of: what it is a share of, or why there is none.
        interval, n: its interval and what it rests on, in words; empty where there is none.
        limit: the limit that it is held against, such as "at most 15 %"; empty where there is none.
        estimate: the figure itself; None where there is none.
        anchor: the id of the page's element that shows it.
    """

    value: str
    of: str
    interval: str = ""
    n: str = ""
    limit: str = ""
    estimate: Estimate | None = None
    anchor: str = ""


@dataclass(frozen=True)
class Tried:
    """One thing that was tried, and whether it held.

    Attributes:
        name: what was tried.
        figure: what was measured, in a few words; or why nothing was.
        outcome: of the limit that the card goes by, held against this figure alone.
        word: the outcome in the threat's own words, such as "opened" or "held".
        anchor: the id of the page's element that shows it.
    """

    name: str
    figure: str
    outcome: Outcome
    word: str
    anchor: str = ""


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Attributes:
        text: what to do, and the figure that it follows from.
        rule: the name of the rule, as docs/report.md has it under "Advice".
        anchor: the id of the page's element that says more; usually nothing.
    """

    text: str
    rule: str
    anchor: str = ""


@dataclass(frozen=True)
class RiskLine:
    """One line of a risk statement.

    Attributes:
        name: what it says.
        text: the figure or the declared value in words; or why there is none.
        estimate: the figure; None of a declared value, or where there is none.
        known: whether there is a figure, or a declared value.
    """

    name: str
    text: str
    estimate: Estimate | None = None
    known: bool = True


@dataclass(frozen=True)
class Risk:
    """A risk statement: never one number.

    Attributes:
        measured: what this audit found.
        declared: what the owner says in the plan; what is missing names the key to write.
        combined: what follows from both, with the interval that the measured figure has.
    """

    measured: tuple[RiskLine, ...] = ()
    declared: tuple[RiskLine, ...] = ()
    combined: tuple[RiskLine, ...] = ()


@dataclass(frozen=True, eq=False)
class Threat:
    """What an audit found of one threat.

    Attributes:
        subject: what identifiers are looked up by and cards are named after: "membership",
            "finished/keys".
        subjects: further such names, of what was tried: "backdoor/blended".
        name: the threat in a few plain words.
        outcome: by the limits on the measures that decide it.
        clause: the outcome as a part of a sentence about the whole audit, such as "an attacker
            can get in as somebody else"; where it is open, with "whether" before it.
        verdict: what happened, as one short sentence.
        explanation: how it happened, how bad it is and for whom.
        figure: the figure that shows it.
        tried: everything that was tried, what did not hold first.
        advice: what to do.
        judgements: the limits that decide it, held against the figures.
        further: other limits of the kind.
        risk: the risk statement.
        why: why there is no verdict, or why it is open; usually nothing.
        demonstration: whether people are synthetic and the networks were trained here.
        left_out: what of this threat the plan did not ask for: a name, and what it is.
    """

    subject: str
    name: str
    outcome: Outcome
    clause: str
    verdict: str
    explanation: str
    figure: KeyFigure
    subjects: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    advice: tuple[Advice, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    further: tuple[Judgement, ...] = ()
    risk: Risk = field(default_factory=Risk)
    why: str = ""
    demonstration: bool = False
    left_out: tuple[tuple[str, str], ...] = ()


def part(
    judgements: Iterable[Judgement], names: Sequence[str]
) -> tuple[tuple[Judgement, ...], tuple[Judgement, ...]]:
    """Return the judgements of limits on the named measures, and those of other limits."""
    found = tuple(judgements)
    return (
        tuple(one for one in found if one.limit.name in names),
        tuple(one for one in found if one.limit.name not in names),
    )


def outcome_of(judgements: Iterable[Judgement]) -> Outcome:
    """Return the worst of several outcomes; "none" where no limit was given.

    >>> outcome_of([])
    'none'
    """
    return worst(one.outcome for one in judgements)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the first of broken, inconclusive and kept that there is; else "none".

    >>> worst(["kept", "inconclusive"]), worst([])
    ('inconclusive', 'none')
    """
    return min(outcomes, key=_ORDER.index, default="none")


def worst_first(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Return what was tried, what did not hold first and what held last."""
    order: tuple[Outcome, ...] = ("broken", "inconclusive", "none", "kept")
    return tuple(sorted(tried, key=lambda one: order.index(one.outcome)))


def bound_in_words(judgements: Iterable[Judgement], *, share: bool = True) -> str:
    """Say the limit that decides, the worst of several first: `at most 15 %`; nothing without any.

    Args:
        judgements: of the limits that decide.
        share: whether it is one of a share, which is said in per cent.
    """
    found = list(judgements)
    outcome = outcome_of(found)
    for one in found:
        if one.outcome == outcome:
            bound = f"{one.limit.bound * 100:g}{SPACE}%" if share else f"{one.limit.bound:g}"
            return f"{'at most' if one.limit.sign == '>' else 'at least'} {bound}"
    return ""


def open_because(judgements: Iterable[Judgement]) -> str:
    """Say why limits are neither broken nor kept, each reason once and the first three of them."""
    open_ = [judgement for judgement in judgements if judgement.outcome == "inconclusive"]
    nothing = [f"{one.limit.text}: {one.why_none.rstrip('.')}" for one in open_ if one.why_none]
    reasons = dict.fromkeys(
        [*nothing, *(_open_reason(one) for judgement in open_ for one in judgement.deciding)]
    )
    found = [reason for reason in reasons if reason]
    more = f" And {counted(len(found) - 3, 'more reason')}." if len(found) > 3 else ""
    return " ".join(f"{reason[:1].upper()}{reason[1:]}." for reason in found[:3]) + more


def _open_reason(measure: Measure) -> str:
    if measure.estimate is None:
        return f"{measure.name} was not measured: {measure.why_none.rstrip('.') or NO_REASON}"
    if measure.caution:
        return measure.caution.strip(" .")
    return "the interval reaches to both sides of the limit: a longer audit may tell"
