"""Advice about membership; each sentence follows from figures by a rule that is named beside it."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.report.membership.cases import ComparableCases
from faceaudit.report.membership.leaks import lead_level, levels_shown, name_certain, within
from faceaudit.report.membership.recommendation import affordable, recommendation, shown_to_help
from faceaudit.report.membership.words import LEVEL_WORDS
from faceaudit.report.numbers import listed
from faceaudit.report.threats import Advice, Outcome


def advice(group: ComparableCases | None, outcome: Outcome) -> tuple[Advice, ...]:
    """Say what to do.

    Args:
        group: the cases that the shown one can be compared with; None where there is none.
        outcome: of the limits.
    """
    return () if group is None else tuple(_list_advice(group, outcome))


def _list_advice(group: ComparableCases, outcome: Outcome) -> Iterator[Advice]:
    if not group.sound:
        yield Advice(
            "Have members and others differ in nothing but that: mend the check that failed, and "
            "run the audit again.",
            "a check failed",
        )
        return
    if certain := name_certain(group.sound):
        yield Advice(f"Do not release scores as they are. {certain}", "pairs named for certain")
    if outcome == "kept":
        yield Advice(
            "Nothing is to be done for the attacks that were tried; run the audit again when the "
            "training photos or the verifier change.",
            "limit kept",
        )
    elif outcome == "inconclusive":
        yield Advice(
            "Run the plan again with more subjects or verifiers (subjects.count, verifiers): "
            "intervals become narrower.",
            "wide intervals",
        )
    if outcome in ("broken", "inconclusive"):
        yield from _choose_mitigation(group)


def _choose_mitigation(group: ComparableCases) -> Iterator[Advice]:
    """Yield the first words of the recommendation, and the levels at which a leak is left."""
    base = group.baseline
    if len(group.cases) == 1:
        yield Advice(
            "Add mitigations to the plan (membership.mitigations), to learn which of them helps "
            "here and what it costs.",
            "nothing tried",
        )
        return
    first = recommendation(group)[0]
    if not first.startswith("No "):
        first = f"Of the mitigations tried, {within(first)}"
    yield Advice(first, "recommendation", "recommendation")
    if base is None or base.failed:
        return
    level, cheap = lead_level(group), affordable(group)
    helpful = shown_to_help(cheap, base, level)
    if cheap and helpful and cheap[0] is helpful[0] and (left := levels_shown(cheap[0], group)):
        words = listed([LEVEL_WORDS[one] for one in left])
        yield Advice(
            f"Do not take it for a cure: for {words} what is left is above chance.", "what is left"
        )
