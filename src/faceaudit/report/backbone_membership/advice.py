"""Advice about backbones; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def backbone_advice(
    outcome: Outcome, *, training_photos_only: bool, early: bool, passed: bool
) -> tuple[Advice, ...]:
    """Say what to do about a backbone that gives away whom it learned from.

    Args:
        outcome: of the limits.
        training_photos_only: whether people are told apart by the training photos, and are not
            shown to be by others.
        early: whether a recipe with early stopping is among those that were tried.
        passed: whether the lists passed their checks.
    """
    if not passed:
        text = (
            "Give people of one source, more of them, and nobody on both sides: what sets lists "
            "apart is told in the place of membership."
        )
        return (Advice(text, "lists of backbones"),)
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Treat the weights as personal data of the people that they were learned from, and "
                "hand them to nobody who may not know who those are.",
                "people told apart",
            )
        )
    if training_photos_only:
        advice.append(
            Advice(
                "Keep the training photos to yourself, or do not learn from photos that are "
                "public: who has other photos of the same people was not shown to tell them.",
                "by training photos alone",
            )
        )
    if outcome in ("broken", "inconclusive") and not early:
        advice.append(
            Advice(
                "Add a recipe with early stopping (stop: validation) or fewer epochs, to learn "
                "what that leaves.",
                "no early stopping",
            )
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Audit more people and more trainings (backbone_membership.trainings): intervals "
                "become narrower.",
                "wide intervals",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice(
                "Nothing is to be done for these attacks and photos; a larger network, or fewer "
                "photos of each person, may give more away.",
                "limit kept",
            )
        )
    return tuple(advice)
