"""Advice about enrolment; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def enrolment_advice(outcome: Outcome, *, helps: str, drifts: bool) -> tuple[Advice, ...]:
    """Say what to do about photos that are enrolled.

    Args:
        outcome: of the limits.
        helps: the mitigation under which the fewest strangers pass, whatever the key; empty where
            none was tried, or none helps.
        drifts: whether a template that updates itself was taken over.
    """
    advice = []
    if outcome == "broken" and helps:
        advice.append(
            Advice(
                f"Use {helps} at enrolment: of what was tried, the fewest strangers pass under it, "
                "whatever the key. See what it costs.",
                "a mitigation helps",
            )
        )
    if outcome == "broken" and not helps:
        advice.append(
            Advice(
                "Let people be enrolled under supervision only, without anything on the face, and "
                "add mitigations to the plan (enrolment.mitigations) to learn which would help.",
                "nothing helps",
            )
        )
    if drifts:
        advice.append(
            Advice(
                "Do not let templates update themselves from photos that nobody has looked at.",
                "templates drift",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice("Nothing is to be done for these keys; others may open more.", "limit kept")
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Enrol more people (enrolment.people.targets): intervals become narrower.",
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
