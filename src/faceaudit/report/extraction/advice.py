"""Advice about extraction; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.extraction import COPIED
from faceaudit.report.extraction.copies import Copied, Copies
from faceaudit.report.numbers import percent_with_interval
from faceaudit.report.threats import Advice, Outcome


def advice(outcome: Outcome, victims: Sequence[Copied], bound: float | None) -> tuple[Advice, ...]:
    """Say what to do.

    Args:
        outcome: of the limits.
        victims: what was copied.
        bound: that a copy was held against; None without a limit.
    """
    found = []
    if outcome == "broken":
        fewest = _fewest(victims, bound)
        if fewest is not None:
            found.append(
                Advice(
                    f"Count queries by asker, and stop well below {fewest.budget:,}: so many were "
                    "enough for a copy that breaks the limit.",
                    "so many queries are enough",
                )
            )
        found += _of_labels(victims)
        if not any(one.facts.decimals is not None for victim in victims for one in victim.copies):
            found.append(
                Advice(
                    "Add decimals to the plan (extraction.decimals) to learn what rounded scores "
                    "would hold back.",
                    "no rounding tried",
                )
            )
    if outcome == "kept":
        found.append(
            Advice(
                "Nothing is to be done for these budgets; an attacker who asks more often, or has "
                "photos of the people it knows, copies more.",
                "limit kept",
            )
        )
    if outcome == "inconclusive":
        found.append(
            Advice(
                "Test more people and more photos of each: intervals become narrower.",
                "wide intervals",
            )
        )
    if outcome == "none":
        found.append(
            Advice(
                "Write a limit on what was measured, or mend what failed.", "no verdict on copies"
            )
        )
    return tuple(found)


def _fewest(victims: Sequence[Copied], bound: float | None) -> Copies | None:
    """Return the copy of the fewest queries whose whole interval lies beyond the limit."""
    beyond = [
        one
        for victim in victims
        for one in victim.copies
        if (copied := one.get(COPIED)) is not None and bound is not None and copied.low > bound
    ]
    return min(beyond, key=lambda one: one.budget, default=None)


def _of_labels(victims: Sequence[Copied]) -> list[Advice]:
    """Say whether giving decisions alone would hold back a copy: both with the largest budget."""
    for victim in victims:
        largest = max(one.budget for one in victim.copies)
        by_access = {
            one.facts.access: copied
            for one in reversed(victim.copies)
            if one.budget == largest
            and one.facts.decimals is None
            and (copied := one.get(COPIED)) is not None
        }
        if {"scores", "labels"} <= by_access.keys():
            scores, labels = by_access["scores"], by_access["labels"]
            helps = labels.high < scores.low
            said = "would help" if helps else "was not shown to help"
            return [
                Advice(
                    f"To give decisions without scores {said}: of what guessing misses, copies got "
                    f"{percent_with_interval(labels)} from decisions and "
                    f"{percent_with_interval(scores)} from scores ({victim.title}).",
                    "decisions alone",
                )
            ]
    return []
