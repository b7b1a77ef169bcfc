"""A threat that one kind of figure decides: verdict, the figure that is shown, what was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import (
    count,
    decimal,
    decimal_interval,
    interval_name,
    percent_in_text,
    percent_interval,
)
from faceaudit.report.threats import (
    Advice,
    KeyFigure,
    Outcome,
    Risk,
    Threat,
    Tried,
    bound_in_words,
    open_because,
    outcome_of,
    worst_first,
)


@dataclass(frozen=True)
class ThreatWords:
    """What a threat is called, and what its outcomes are.

    Attributes:
        subject: what cards are named after and identifiers looked up by.
        name: the threat in a few plain words.
        broken: a part of a sentence, such as "a face can be had from a stolen template".
        kept: the same for what held.
        open: the same with "whether" before it.
        example: a limit that would decide it, for a plan without any.
        tried: the outcome of one attempt in a word or two, by outcome.
    """

    subject: str
    name: str
    broken: str
    kept: str
    open: str
    example: str
    tried: Mapping[Outcome, str]

    def clause(self, outcome: Outcome) -> str:
        """Return the outcome as a part of a sentence."""
        return {"broken": self.broken, "kept": self.kept}.get(outcome, self.open)

    def verdict(self, outcome: Outcome) -> str:
        """Return the outcome as a sentence without its full stop."""
        clause = self.clause(outcome)
        if outcome == "inconclusive":
            return f"It is open {clause}"
        if outcome == "none":
            return f"No verdict on {clause}"
        return f"{clause[:1].upper()}{clause[1:]}"


@dataclass(frozen=True)
class Showing:
    """How the measures of a threat are put into words.

    Attributes:
        of: what a measure is a share of, or what it is, behind its value.
        name: what was tried, in a few words.
        share: whether measures are shares, which are said in per cent.
        anchor: where the section is, for a threat without a figure.
    """

    of: Callable[[Measure], str]
    name: Callable[[Measure], str]
    anchor: str
    share: bool = True


def build_threat(
    words: ThreatWords,
    showing: Showing,
    deciding: Sequence[Judgement],
    further: Sequence[Judgement],
    *,
    explanation: str,
    advice: Callable[[Outcome], tuple[Advice, ...]],
    risk: Risk,
    subjects: Sequence[str] = (),
    demonstration: bool = False,
    failed: str = "",
    left_out: Sequence[tuple[str, str]] = (),
) -> Threat:
    """Return a threat from the limits that decide it.

    Args:
        words: what it is called.
        showing: how its measures are said.
        deciding: limits on the measures that decide it, held against them.
        further: other limits of the kind.
        explanation: what was done, how bad it is and for whom.
        advice: what to do, by outcome.
        risk: the risk statement.
        subjects: of all that was tried.
        demonstration: whether people are synthetic and networks were trained here.
        failed: why nothing was measured at all; empty where something was.
        left_out: what of the threat the plan did not ask for.
    """
    outcome: Outcome = "none" if failed else outcome_of(deciding)
    why = failed
    if not failed and outcome == "none":
        why = f"No limit speaks of what was measured: write limits such as {words.example}."
    elif outcome == "inconclusive":
        why = open_because(deciding)
    return Threat(
        subject=words.subject,
        name=words.name,
        outcome=outcome,
        clause=words.clause(outcome),
        verdict=words.verdict(outcome),
        explanation=explanation,
        figure=_figure(_shown(deciding, outcome), deciding, showing),
        subjects=tuple(subjects),
        tried=worst_first(_tried(deciding, words, showing)),
        advice=advice(outcome),
        judgements=tuple(deciding),
        further=tuple(further),
        risk=risk,
        why=why,
        demonstration=demonstration,
        left_out=tuple(left_out),
    )


def _shown(deciding: Sequence[Judgement], outcome: Outcome) -> Measure | None:
    """Return the measure with the largest value of those that decided."""
    found = [
        one
        for judgement in deciding
        if outcome in (judgement.outcome, "none")
        for one in judgement.deciding
        if one.estimate is not None
    ]
    return max(
        found,
        key=lambda one: (not one.caution, one.estimate.value if one.estimate else 0.0),
        default=None,
    )


def _figure(shown: Measure | None, deciding: Sequence[Judgement], showing: Showing) -> KeyFigure:
    if shown is None or shown.estimate is None:
        return KeyFigure("", "no figure that a verdict may rest on", anchor=showing.anchor)
    found = shown.estimate
    value = percent_in_text(found.value) if showing.share else decimal(found.value)
    ends = percent_interval(found) if showing.share else decimal_interval(found)
    return KeyFigure(
        value,
        showing.of(shown),
        f"{interval_name(found)} {ends}",
        f"n = {count(found.n)}",
        bound_in_words(deciding, share=showing.share),
        found,
        shown.anchor,
    )


def _tried(deciding: Sequence[Judgement], words: ThreatWords, showing: Showing) -> Iterator[Tried]:
    for judgement in deciding:
        for one in judgement.measures:
            outcome: Outcome = verdict(judgement.limit, one)
            found = one.estimate
            if found is None:
                said = f"not measured: {one.why_none}"
            elif showing.share:
                said = f"{percent_in_text(found.value)} ({percent_interval(found)})"
            else:
                said = f"{decimal(found.value)} ({decimal_interval(found)})"
            yield Tried(showing.name(one), said, outcome, words.tried[outcome], one.anchor)
