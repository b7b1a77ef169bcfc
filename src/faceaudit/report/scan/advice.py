"""Advice about scanned systems; each sentence follows from figures by a rule named beside it."""

from __future__ import annotations

from faceaudit.report.threats import Advice, Outcome


def scan_advice(outcome: Outcome, *, powered: bool) -> tuple[Advice, ...]:
    """Say what to do about a scan.

    Args:
        outcome: of the limits.
        powered: whether it was measured what such a scan finds.
    """
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Do not let the system decide alone before somebody has looked at the people or "
                "keys that stand out and at what opens the door; have it trained again from photos "
                "that somebody vouches for.",
                "somebody stands out",
            )
        )
    if outcome != "broken" and not powered:
        advice.append(
            Advice(
                "Add reference networks (scan.references, scan.planted): without them nobody "
                "knows what a scan that finds nothing would have found.",
                "power not measured",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice(
                "Ask for the training photos, too: a scan without them misses back doors that open "
                "to one photo alone.",
                "limit kept",
            )
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Scan more reference networks (scan.references, scan.planted): intervals become "
                "narrower.",
                "wide intervals",
            )
        )
    if outcome == "none":
        advice.append(
            Advice(
                "Say how the network takes pixels (preprocessing), and give strangers like the "
                "people that it was made for.",
                "not testable",
            )
        )
    return tuple(advice)
