"""FaceBone's claim: its figures beside those measured here, and which of them were not met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from faceaudit.records.membership import (
    ACCURACY,
    ALWAYS_MEMBER,
    ATTACK_ACCURACY,
    Protocol,
    of_attack,
)
from faceaudit.report.elements import Cell, cell, reason_of
from faceaudit.report.membership.cases import Case, ComparableCases, title_with_seed
from faceaudit.report.membership.cells import mark_flawed, noted
from faceaudit.report.membership.differences import accuracy_change
from faceaudit.report.membership.findings import best_learned
from faceaudit.report.membership.published import REPORTED
from faceaudit.report.membership.words import (
    AS_PUBLISHED,
    FACEBONE,
    NONE,
    PROTOCOLS,
    describe_attack_run,
)
from faceaudit.report.numbers import (
    SPACE,
    percent,
    percent_in_text,
    percent_with_interval,
    points_with_interval,
    signed_points,
)
from faceaudit.types import Estimate

ALWAYS = "Answering “member” to everything"
WITH = {NONE: "without mitigation", FACEBONE: "with FaceBone"}
TITLES = {ACCURACY: "Verification accuracy", ATTACK_ACCURACY: "Attack accuracy"}


@dataclass(frozen=True)
class ComparedRow:
    """One figure of FaceBone's: reported, and measured here by each protocol."""

    figure: str
    of: str
    reported: Cell
    measured: tuple[tuple[Cell, ...], ...]


def is_about_facebone(groups: Iterable[ComparableCases]) -> bool:
    """Return whether anything was run that FaceBone's figures are to be held against."""
    return any(
        group.protocol == AS_PUBLISHED or case.mitigation == FACEBONE
        for group in groups
        for case in group.cases
    )


def protocols(groups: Iterable[ComparableCases]) -> tuple[Protocol, ...]:
    """Return the protocols that were run, the one as published first."""
    run = {group.protocol for group in groups}
    return tuple(protocol for protocol in PROTOCOLS if protocol in run)


def compared(groups: Sequence[ComparableCases]) -> tuple[ComparedRow, ...]:
    """Return the table of reported and measured figures, one figure a row."""
    return tuple(
        ComparedRow(
            title,
            words,
            _reported_cell(mitigation, metric),
            tuple(
                _compared_cells(groups, protocol, mitigation, metric)
                for protocol in protocols(groups)
            ),
        )
        for metric, title in (*TITLES.items(), (ALWAYS_MEMBER, ALWAYS))
        for mitigation, words in WITH.items()
    )


def _reported(mitigation: str, metric: str) -> float:
    reported = REPORTED[mitigation]
    return reported.accuracy if metric == ACCURACY else reported.attack_accuracy


def _reported_cell(mitigation: str, metric: str) -> Cell:
    if metric == ALWAYS_MEMBER:
        return Cell(note="not reported")
    return Cell(percent(_reported(mitigation, metric)))


def _cases_of(
    groups: Iterable[ComparableCases], protocol: Protocol, mitigation: str
) -> list[tuple[Case, ComparableCases]]:
    return [
        (case, group)
        for group in groups
        if group.protocol == protocol
        for case in group.cases
        if case.mitigation == mitigation
    ]


def _compared_cells(
    groups: Iterable[ComparableCases], protocol: Protocol, mitigation: str, metric: str
) -> tuple[Cell, ...]:
    """Return a metric of every case of that protocol and mitigation."""
    cases = [case for case, _ in _cases_of(groups, protocol, mitigation)]
    if not cases:
        return (Cell(note="not run here"),)
    titles = [title_with_seed(case, cases) if len(cases) > 1 else "" for case in cases]
    return tuple(
        _compared_cell(case, metric, title) for case, title in zip(cases, titles, strict=True)
    )


def _compared_cell(case: Case, metric: str, title: str) -> Cell:
    """Return a metric of a case, noted with the title unless that is empty."""
    notes = [title]
    if metric == ATTACK_ACCURACY:
        learned = best_learned(case)
        if learned is None:
            return noted(Cell(), title, "no attack that learns was measured")
        notes.append(f"{describe_attack_run(learned)}{sampled(learned.in_sample)}")
        metric = of_attack(ATTACK_ACCURACY, learned.key)
    shown = noted(cell(case.figure(metric)), *notes)
    if metric == ALWAYS_MEMBER:
        # A count of the pairs, valid whatever else is not.
        return replace(shown, interval="", trials="")
    return mark_flawed(shown, case)


def sampled(in_sample: bool) -> str:  # noqa: FBT001 - said of an attack
    """Say that an attack was scored in sample, or nothing."""
    return ", scored on what it learned from" if in_sample else ""


def met_or_not(groups: Sequence[ComparableCases]) -> tuple[str, ...]:
    """Say of each of FaceBone's figures whether the evaluation as published met it.

    A figure is met where it lies in the measured interval, or is what was measured in whole per
    cent, as FaceBone gives it.
    """
    lines = []
    for metric, title in TITLES.items():
        for mitigation, words in WITH.items():
            found = [case for case, _ in _cases_of(groups, AS_PUBLISHED, mitigation)]
            for case in found:
                where = words if len(found) < 2 else f"of {title_with_seed(case, found)}"
                lines.append(f"{title} {where}: {_hold(case, mitigation, metric)}.")
    for case, group in _cases_of(groups, AS_PUBLISHED, FACEBONE):
        lines += _hold_gain(case, group)
    return tuple(lines)


def _hold(case: Case, mitigation: str, metric: str) -> str:
    reported = _reported(mitigation, metric)
    said = f"reported {reported * 100:.0f}{SPACE}%"
    name, by = metric, ""
    if metric == ATTACK_ACCURACY:
        learned = best_learned(case)
        if learned is None:
            return f"{said}; no attack that learns was measured"
        name = of_attack(metric, learned.key)
        always = case.get(ALWAYS_MEMBER)
        by = f" by {describe_attack_run(learned)}{sampled(learned.in_sample)}, the highest"
        if always is not None:
            by += f"; always answering “member” is right for {percent_in_text(always.value)}"
    measured = case.get(name)
    if measured is None:
        return f"{said}; not measured, {reason_of(case.figure(name))}"
    verdict = "met" if _is_met(reported, measured) else "not met"
    return f"{said}, {verdict}: measured {percent_with_interval(measured)}{by}"


def _is_met(reported: float, measured: Estimate) -> bool:
    return measured.low <= reported <= measured.high or round(measured.value * 100) == round(
        reported * 100
    )


def _hold_gain(case: Case, group: ComparableCases) -> Iterator[str]:
    """Say whether FaceBone's gain of accuracy was met."""
    change = accuracy_change(case, group)
    gain = REPORTED[FACEBONE].accuracy - REPORTED[NONE].accuracy
    if change is not None:
        verdict = "met" if change.low <= gain <= change.high else "not met"
        yield (
            f"Accuracy gained with {case.title}: reported {signed_points(gain)} points, {verdict}: "
            f"measured {points_with_interval(change)}."
        )
