"""Advice about inversions; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def identifier_advice(outcome: Outcome) -> tuple[Advice, ...]:
    """Say what to do about faces that an identifier gives away.

    Args:
        outcome: of the limits.
    """
    if outcome == "broken":
        text = (
            "Keep the identifier's file to yourself, answer with names instead of scores, and "
            "limit how often one asker may ask: each takes a means from the attacker."
        )
        return (Advice(text, "an identifier is asked less"),)
    if outcome == "kept":
        text = (
            "Nothing is to be done for these attacks; others, with a better prior, may find more."
        )
        return (Advice(text, "limit kept"),)
    if outcome == "inconclusive":
        text = (
            "Attack more people (inversion.identifier.attacked), or judge by a network that "
            "recognises real photos well."
        )
        return (Advice(text, "wide intervals"),)
    return (Advice("Write a limit on what was measured.", "no rate measured"),)


def template_advice(outcome: Outcome, *, unprotected: bool, key_helps: bool) -> tuple[Advice, ...]:
    """Say what to do about stolen templates.

    Args:
        outcome: of the limits.
        unprotected: whether templates without any protection were all that was tried.
        key_helps: whether some protection holds as long as its keys are not known.
    """
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Treat stored templates as photos of the people: encrypt them, keep them apart "
                "from names, and store no more of them than are needed.",
                "a template is a face",
            )
        )
        if unprotected:
            advice.append(
                Advice(
                    "Add protections to the plan (inversion.protections) to learn which of them "
                    "would hold, and what each costs.",
                    "no protection tried",
                )
            )
    if key_helps:
        advice.append(
            Advice(
                "Keep the keys of a protection where whoever takes the templates does not find "
                "them: it holds as long as they are not known.",
                "keys apart",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice(
                "Nothing is to be done for these attacks; others, with a better prior for faces, "
                "may rebuild more.",
                "limit kept",
            )
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Attack more people (inversion.parties.attacked), or a network that recognises "
                "real photos well: intervals become narrower, and figures say more.",
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
