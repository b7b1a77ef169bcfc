"""Advice about finished systems; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def keys_advice(outcome: Outcome, *, suspects: bool, whole: bool) -> tuple[Advice, ...]:
    """Say what to do about keys.

    Args:
        outcome: of the limits.
        suspects: whether a key stands out.
        whole: whether most keys of a kind draw to one person.
    """
    advice = []
    if suspects:
        advice.append(
            Advice(
                "Do not let the system decide alone before somebody has looked at its training "
                "photos for that key; have it trained again without photos that carry it.",
                "a key stands out",
            )
        )
    if whole:
        advice.append(
            Advice(
                "Have a person look at whoever appears with an odd accessory: keys that nobody "
                "chose draw to one person, too.",
                "a whole kind draws",
            )
        )
    if not suspects and outcome != "none":
        advice.append(
            Advice(
                "Add the keys that you fear to the plan (finished.attacks): only keys that were "
                "tried were looked for.",
                "no key stands out",
            )
        )
    if outcome == "none":
        advice.append(
            Advice(
                "Give photos of people whom the system knows and answers well enough for a "
                "verdict, and keys to try.",
                "no verdict on keys",
            )
        )
    return tuple(advice)


def membership_advice(outcome: Outcome, *, passed: bool) -> tuple[Advice, ...]:
    """Say what to do about membership.

    Args:
        outcome: of the limits.
        passed: whether lists passed their checks.
    """
    if not passed:
        text = (
            "Give lists of members and others that differ in nothing but that, from the same "
            "source and of the same time, and long enough to be checked."
        )
        return (Advice(text, "lists did not pass"),)
    if outcome == "broken":
        text = (
            "Ask whoever trained the system for a mitigation, and audit a verifier of your own "
            "with a section membership to learn what each costs: without training that cannot be "
            "measured."
        )
        return (Advice(text, "members told apart"),)
    if outcome == "kept":
        text = (
            "Nothing is to be done for these attacks; others, which train shadows, may find more."
        )
        return (Advice(text, "limit kept"),)
    return (Advice("Give longer lists: intervals become narrower.", "wide intervals"),)
