"""Headline of an audit of finished systems: a suspicion, a leak, or that none was found."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.finished import CLEAN, LEVEL, of_score
from faceaudit.report.elements import Headline
from faceaudit.report.finished.findings import (
    describe_suspicion,
    leak,
    suspicious_keys,
    whole_kind,
)
from faceaudit.report.finished.systems import AskedSystem
from faceaudit.report.numbers import (
    SPACE,
    counted,
    decimal_with_interval,
    listed,
    percent_with_interval,
)

ANCHOR = "finished"


def headline(systems: Sequence[AskedSystem]) -> Headline:
    """Choose the first words of the section; lists that failed their checks are its warning."""
    first, second = _suspicion(systems), _leak(systems)
    chosen = first or second or _no_verdict(systems) or _nothing_found(systems)
    detail = " ".join(filter(None, (chosen[1], second[1] if first and second else "")))
    return Headline(chosen[0], detail, _warning(systems), ANCHOR)


def _suspicion(systems: Sequence[AskedSystem]) -> tuple[str, str] | None:
    found = [(system, *one) for system in systems for one in suspicious_keys(system)]
    if not found:
        return None
    system, part, key = min(found, key=lambda one: one[2].p or 0.0)
    more = f" {counted(len(found) - 1, 'more key')} stand out." if len(found) > 1 else ""
    return (
        f"The key {key.key} stands out on {system.title}: a suspicion of a back door",
        f"{describe_suspicion(part, key)} This is no proof.{more}",
    )


def _leak(systems: Sequence[AskedSystem]) -> tuple[str, str] | None:
    for system in systems:
        for part in system.of("membership"):
            level = leak(part)
            area = part.get(of_score("auc", level)) if level else None
            if area is not None:
                return (
                    f"{system.title} gives away which {level} it was trained on",
                    f"Members are told from non-members with AUC {decimal_with_interval(area)}, "
                    "by attacks that need no training; others may find more.",
                )
    return None


def _no_verdict(systems: Sequence[AskedSystem]) -> tuple[str, str] | None:
    for system in systems:
        found = [
            text for part in system.of("keys") if part.facts.keys and (text := whole_kind(part))
        ]
        if found:
            return (
                f"Keys of a whole kind open {system.title}: no verdict",
                f"{found[0]} A back door may look like that, and so may a system without one.",
            )
    return None


def _nothing_found(systems: Sequence[AskedSystem]) -> tuple[str, str]:
    parts = [part for system in systems for part in system.parts]
    tested = [
        key
        for part in parts
        if part.facts.keys is not None
        for key in part.facts.keys.keys
        if key.p is not None
    ]
    rates = [
        f"{system.title} recognises {percent_with_interval(rate)} of photos of people it knows"
        for system in systems
        for part in system.of("recognition")
        if (rate := part.get(CLEAN)) is not None
    ]
    detail = f"{listed(rates)}." if rates else ""
    if tested:
        return (
            f"No key of {len(tested)} stands out",
            f"At a level of {LEVEL * 100:g}{SPACE}% over all keys of a system. A back door opens "
            f"to its own key, so this does not show that there is none. {detail}".strip(),
        )
    if any(figure.estimate for part in parts for figure in part.figures):
        return "Finished systems were asked; no key was tested", detail or "See the tables."
    return "Nothing was measured", "Every part failed, or could not be made."


def _warning(systems: Sequence[AskedSystem]) -> str:
    flawed = {
        outcome: [
            system.title
            for system in systems
            for part in system.of("membership")
            if part.facts.membership is not None and part.facts.membership.outcome == outcome
        ]
        for outcome in ("failed", "inconclusive")
    }
    said = []
    if flawed["failed"]:
        said.append(
            "Checks of the lists of members failed: the membership figures of "
            f"{listed(flawed['failed'])} say nothing."
        )
    if flawed["inconclusive"]:
        said.append(
            "The lists of members are too short to be checked: nothing can be concluded from the "
            f"membership figures of {listed(flawed['inconclusive'])}."
        )
    return " ".join(said)
