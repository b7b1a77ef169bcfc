"""The tables of a privacy audit: every figure as a cell; one that is not valid is marked so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from faceaudit.report.backdoor.tables import Cell, cell
from faceaudit.report.membership.cases import (
    AS_PUBLISHED,
    AUC,
    FACEBONE,
    LEVELS,
    NONE,
    PROTOCOLS,
    RIGOROUS,
    TPR,
    AttackRun,
    Case,
    ComparableCases,
    adaptive,
    non_adaptive,
)
from faceaudit.report.membership.findings import best_learned
from faceaudit.report.membership.published import COMMAND, REPORTED_PRIVACY
from faceaudit.report.numbers import count, decimal, decimal_interval, percent
from faceaudit.store import Figure

FLAW = "not to be relied on"
NOT_TRIED = Cell(note="not tried")
NO_USE = Cell(note="makes no use of it")
ALWAYS = "Answering “member” to everything"


@dataclass(frozen=True)
class ComparedRow:
    """One figure of FaceBone's: reported, and measured here by each protocol."""

    what: str
    of: str
    reported: Cell
    measured: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class LeakRow:
    """One attack on one mitigation: asked as users do, and by one who knows of it."""

    mitigation: str
    setting: str
    attack: str
    flaw: str
    served_auc: Cell
    served_tpr: Cell
    knowing_auc: Cell
    knowing_tpr: Cell
    queries: Cell


@dataclass(frozen=True)
class AskRow:
    """One attack in one way of asking, with all of its figures."""

    level: str
    attack: str
    way: str
    knows: str
    cells: tuple[tuple[str, Cell], ...]


def auc_cell(figure: Figure) -> Cell:
    """Return a figure that is no share as a cell; one that was not measured keeps its reason."""
    estimate = figure.estimate
    if estimate is None:
        return cell(figure)
    return Cell(
        decimal(estimate.value),
        decimal_interval(estimate),
        f"n = {count(estimate.n)}",
        figure.why_none,
    )


def mark_flawed(shown: Cell, case: Case) -> Cell:
    """Mark a cell whose case failed a check."""
    return replace(shown, flaw=FLAW) if case.failed else shown


def flaw_of(case: Case) -> str:
    """Say in one line which checks a case failed, or nothing."""
    return "; ".join(check.text for check in case.failed)


def protocols(settings: Sequence[ComparableCases]) -> tuple[str, ...]:
    """Return the protocols that stand side by side: two always, given lists where there are any."""
    found = {setting.protocol for setting in settings}
    return (AS_PUBLISHED, *(("lists",) if "lists" in found else ()), RIGOROUS)


def compared(settings: Sequence[ComparableCases]) -> tuple[ComparedRow, ...]:
    """Return the table "reported, as published, rigorous", one figure a row."""
    rows = []
    for mitigation, of in ((NONE, "without mitigation"), (FACEBONE, "with FaceBone")):
        told = REPORTED_PRIVACY[mitigation]
        rows.append(("Verification accuracy", of, mitigation, percent(told.accuracy), "accuracy"))
        rows.append(
            ("Attack accuracy", of, mitigation, percent(told.attack_accuracy), "attack_accuracy")
        )
        rows.append((ALWAYS, of, mitigation, "", "always_member"))
    order = ["accuracy", "attack_accuracy", "always_member"]
    rows.sort(key=lambda row: order.index(row[4]))
    return tuple(
        ComparedRow(
            what,
            of,
            Cell(value) if value else Cell(note="not reported"),
            tuple(
                _compared(settings, protocol, mitigation, metric)
                for protocol in protocols(settings)
            ),
        )
        for what, of, mitigation, value, metric in rows
    )


def _compared(
    settings: Sequence[ComparableCases], protocol: str, mitigation: str, metric: str
) -> tuple[Cell, ...]:
    cases = [
        case
        for setting in settings
        if setting.protocol == protocol
        for case in setting.cases
        if case.mitigation == mitigation
    ]
    if not cases:
        run = f"not run here; try {COMMAND}" if protocol == AS_PUBLISHED else "not run here"
        return (Cell(note=run),)
    return tuple(_shown(case, metric, named=len(cases) > 1) for case in cases)


def _shown(case: Case, metric: str, *, named: bool) -> Cell:
    notes = [case.title] if named else []
    if metric == "attack_accuracy":
        learned = best_learned(case)
        if learned is None:
            return Cell(note="; ".join([*notes, "no attack that learns was measured"]))
        sample = ", scored on what it learned from" if learned.in_sample else ""
        notes.append(f"{learned.name}, {learned.way}{sample}")
        metric = f"attack_accuracy:{learned.key}"
    shown = cell(case.figure(metric))
    if metric == "always_member":
        # A count of the pairs, valid whatever else is not.
        return replace(
            shown, interval="", trials="", note="; ".join([shown.note, *notes]).strip("; ")
        )
    return mark_flawed(replace(shown, note="; ".join(filter(None, [shown.note, *notes]))), case)


def leaks(settings: Sequence[ComparableCases]) -> tuple[tuple[str, tuple[LeakRow, ...]], ...]:
    """Return, for each level, every attack on every mitigation; evaluations as published last."""
    levels = []
    for level, title in LEVELS.items():
        rows = tuple(
            row
            for setting in settings
            for case in setting.cases
            for row in _leak_rows(case, setting, level)
        )
        if rows:
            levels.append((title, rows))
    return tuple(levels)


def _leak_rows(case: Case, setting: ComparableCases, level: str) -> Iterator[LeakRow]:
    asks = [ask for ask in case.attack_runs if ask.level == level]
    for attack in dict.fromkeys(ask.attack for ask in asks):
        mine = [ask for ask in asks if ask.attack == attack]
        served, known = case.best(non_adaptive(mine)), case.best(adaptive(mine))
        best = known or served
        assert best is not None
        yield LeakRow(
            mitigation=case.title,
            setting=setting.title,
            attack=best.name,
            flaw=flaw_of(case),
            served_auc=_area(case, served),
            served_tpr=_rate(case, served, TPR),
            knowing_auc=_knowing(case, known),
            knowing_tpr=NO_USE if known is None else _rate(case, known, TPR),
            queries=Cell(count(best.queries), note=_asked(best)),
        )


def _knowing(case: Case, ask: AttackRun | None) -> Cell:
    if ask is None:
        return NO_USE
    shown = _area(case, ask)
    return replace(shown, note="; ".join(filter(None, (shown.note, ask.way))))


def _asked(ask: AttackRun) -> str:
    sample = ", scored on what it learned from" if ask.in_sample else ""
    labels = ", labels only" if ask.access == "labels" else ""
    return f"about {count(ask.records)}{labels}{sample}"


def _area(case: Case, ask: AttackRun | None) -> Cell:
    return (
        NOT_TRIED if ask is None else mark_flawed(auc_cell(case.figure(f"{AUC}:{ask.key}")), case)
    )


def _rate(case: Case, ask: AttackRun | None, metric: str) -> Cell:
    return NOT_TRIED if ask is None else mark_flawed(cell(case.figure(f"{metric}:{ask.key}")), case)


def attack_rows(case: Case) -> tuple[AskRow, ...]:
    """Return every figure of every attack on one mitigation."""
    return tuple(
        AskRow(
            level=LEVELS.get(ask.level, ask.level),
            attack=ask.name,
            way=ask.way,
            knows="uses it" if ask.adaptive else "does not",
            cells=(
                ("AUC", _area(case, ask)),
                ("TPR at 1 % FPR", _rate(case, ask, TPR)),
                ("TPR at 0.1 % FPR", _rate(case, ask, "tpr@fpr=0.001")),
                ("Balanced accuracy", _rate(case, ask, "balanced_accuracy")),
                ("Attack accuracy", _learned(case, ask)),
                ("Queries", Cell(count(ask.queries), note=_asked(ask))),
            ),
        )
        for ask in case.attack_runs
    )


def _learned(case: Case, ask: AttackRun) -> Cell:
    """Return the share told apart at 1/2, which only attacks that learn have."""
    metric = f"attack_accuracy:{ask.key}"
    held = any(figure.metric == metric for figure in case.record.figures)
    return _rate(case, ask, "attack_accuracy") if held else Cell(note="does not learn")


def protocol_titles(names: Iterable[str]) -> tuple[str, ...]:
    """Return protocols in words."""
    return tuple(PROTOCOLS.get(name, name) for name in names)
