"""Advice about attributes; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.attribute_inference import KIND, TMR_CHANGE, at_rate
from faceaudit.report.attribute_inference.runs import NONE, Run
from faceaudit.report.attribute_inference.words import at
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.numbers import points_with_interval
from faceaudit.report.threats import Advice, Outcome


def attribute_advice(
    outcome: Outcome, runs: Sequence[Run], deciding: Sequence[Judgement]
) -> tuple[Advice, ...]:
    """Say what to do about attributes.

    Args:
        outcome: of the limits.
        runs: what was measured.
        deciding: the limits, held against the measures.
    """
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Treat stored templates as the attributes that they tell: keep them encrypted and "
                "apart from names, and say so to the people.",
                "a template tells attributes",
            )
        )
        advice.append(_mitigate(runs, deciding))
    if outcome == "kept":
        text = "Nothing is to be done for these attacks; others may find more."
        advice.append(Advice(text, "limit kept"))
    if outcome == "inconclusive":
        text = (
            f"Attack more people ({KIND}.parties.attacked), with more labelled ones: intervals "
            "become narrower."
        )
        advice.append(Advice(text, "wide intervals"))
    if outcome == "none":
        advice.append(Advice("Write a limit on what was measured.", "no rate measured"))
    return tuple(advice)


def _mitigate(runs: Sequence[Run], deciding: Sequence[Judgement]) -> Advice:
    """Name the mitigation under which the limits are kept, or say that none was."""
    tried = [one for one in runs if one.mitigation != NONE]
    if not tried:
        return Advice(
            f"Add mitigations to the plan ({KIND}.mitigations) to learn what each would hide, and "
            "what it costs.",
            "no mitigation tried",
        )
    verdicts: dict[str, set[str]] = {}
    for judgement in deciding:
        for one in judgement.measures:
            found = verdicts.setdefault(str(one.labels["mitigation"]), set())
            found.add(verdict(judgement.limit, one))
    for run in tried:
        if verdicts.get(run.mitigation) == {"kept"}:
            return Advice(
                f"Consider {run.title}: limits are kept under it, by all attacks that were tried; "
                f"{_cost(run)}.",
                "a mitigation keeps the limit",
            )
    return Advice(
        "Do not rely on a mitigation that was tried here: under each, some attacker who knows of "
        "it was not shown to be held by the limit.",
        "no mitigation holds",
    )


def _cost(run: Run) -> str:
    """Say what a mitigation costs, at the lowest rate that was resolved."""
    for fmr in sorted(run.fmrs):
        change = run.get(at_rate(TMR_CHANGE, fmr))
        if change is not None:
            said = points_with_interval(change)
            return f"genuine comparisons accepted change by {said} at {at(fmr)}"
    return "what it costs was not measured, as too few people fix thresholds"
