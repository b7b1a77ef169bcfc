"""Advice about linkage; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def linkage_advice(
    outcome: Outcome, *, unprotected: bool, keys_help: bool, learned: bool
) -> tuple[Advice, ...]:
    """Say what to do about templates that can be linked.

    Args:
        outcome: of the limits.
        unprotected: whether templates without any protection were all that was tried.
        keys_help: whether databases with different keys hold against those who know neither.
        learned: whether own photos were enough to break a protection with a key.
    """
    advice = []
    if outcome == "broken" and unprotected:
        advice.append(
            Advice(
                "Add protections to the plan (linkage.protections) to learn which of them would "
                "hold, and what each costs.",
                "no protection tried",
            )
        )
    if keys_help:
        advice.append(
            Advice(
                "Give each database a key of its own, and keep it where whoever takes the "
                "templates does not find it: databases with different keys held as long as the "
                "attacker had neither keys nor own photos in both.",
                "keys apart",
            )
        )
    if learned:
        advice.append(
            Advice(
                "Do not let one key serve everybody: own photos in both databases were enough to "
                "learn what it does.",
                "one key is learned",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice("Nothing is to be done for these attacks; others may link more.", "limit kept")
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Look for more people (linkage.parties.attacked), or give more to fix thresholds "
                "on: intervals become narrower.",
                "wide intervals",
            )
        )
    if outcome == "none":
        advice.append(
            Advice(
                "Give more people to fix thresholds on, or write a limit on what was measured.",
                "no rate measured",
            )
        )
    return tuple(advice)
