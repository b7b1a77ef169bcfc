"""Tables of a membership audit: every figure as a cell; one that is not valid is marked so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from faceaudit.records.membership import (
    ACCURACY,
    ALWAYS_MEMBER,
    ATTACK_ACCURACY,
    AUC,
    BALANCED_ACCURACY,
    AttackRunFacts,
    Granularity,
    Protocol,
    of_attack,
    tpr_at,
)
from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import (
    AS_PUBLISHED,
    FACEBONE,
    LEVELS,
    LISTS,
    NONE,
    PROTOCOLS,
    RIGOROUS,
    STRATEGIES,
    TPR,
    Case,
    ComparableCases,
    adaptive,
    attack_name,
    describe_attack_run,
    describe_check,
    non_adaptive,
    title_with_seed,
)
from faceaudit.report.membership.findings import best_learned
from faceaudit.report.membership.published import COMMAND, REPORTED
from faceaudit.report.numbers import count, decimal, decimal_interval, percent
from faceaudit.types import Figure

FLAW = "not to be relied on"
NOT_TRIED = Cell(note="not tried")
NO_USE = Cell(note="makes no use of it")
ALWAYS = "Answering “member” to everything"
LOW_TPR = tpr_at(0.001)


@dataclass(frozen=True)
class ComparedRow:
    """One figure of FaceBone's: reported, and measured here by each protocol."""

    figure: str
    of: str
    reported: Cell
    measured: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class LeakRow:
    """One attack on one mitigation: asked as users do, and by one who knows of it."""

    mitigation: str
    group: str
    attack: str
    flaw: str
    non_adaptive_auc: Cell
    non_adaptive_tpr: Cell
    adaptive_auc: Cell
    adaptive_tpr: Cell
    queries: Cell


@dataclass(frozen=True)
class AttackRunRow:
    """One attack with one query strategy, and all of its figures."""

    level: str
    attack: str
    strategy: str
    mitigation: str
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
    return "; ".join(describe_check(check) for check in case.failed)


def protocols(groups: Iterable[ComparableCases]) -> tuple[Protocol, ...]:
    """Return the protocols that stand side by side: two always, given lists where there are any."""
    run = {group.protocol for group in groups}
    return (AS_PUBLISHED, *((LISTS,) if LISTS in run else ()), RIGOROUS)


def compared(groups: Sequence[ComparableCases]) -> tuple[ComparedRow, ...]:
    """Return the table "reported, as published, rigorous", one figure a row."""
    rows = []
    for metric, title in (
        (ACCURACY, "Verification accuracy"),
        (ATTACK_ACCURACY, "Attack accuracy"),
        (ALWAYS_MEMBER, ALWAYS),
    ):
        for mitigation, words in ((NONE, "without mitigation"), (FACEBONE, "with FaceBone")):
            measured = tuple(
                _compared_cells(groups, protocol, mitigation, metric)
                for protocol in protocols(groups)
            )
            rows.append(ComparedRow(title, words, _reported_cell(mitigation, metric), measured))
    return tuple(rows)


def _reported_cell(mitigation: str, metric: str) -> Cell:
    reported = REPORTED[mitigation]
    if metric == ACCURACY:
        return Cell(percent(reported.accuracy))
    if metric == ATTACK_ACCURACY:
        return Cell(percent(reported.attack_accuracy))
    return Cell(note="not reported")


def _compared_cells(
    groups: Iterable[ComparableCases], protocol: Protocol, mitigation: str, metric: str
) -> tuple[Cell, ...]:
    """Return a metric of every case of that protocol and mitigation."""
    cases = [
        case
        for group in groups
        if group.protocol == protocol
        for case in group.cases
        if case.mitigation == mitigation
    ]
    if not cases:
        advice = f"not run here; try {COMMAND}" if protocol == AS_PUBLISHED else "not run here"
        return (Cell(note=advice),)
    titles = [title_with_seed(case, cases) if len(cases) > 1 else "" for case in cases]
    return tuple(
        _compared_cell(case, metric, title) for case, title in zip(cases, titles, strict=True)
    )


def _compared_cell(case: Case, metric: str, title: str) -> Cell:
    """Return a metric of a case, noted with the title unless that is empty."""
    notes = [title] if title else []
    if metric == ATTACK_ACCURACY:
        learned = best_learned(case)
        if learned is None:
            return Cell(note="; ".join([*notes, "no attack that learns was measured"]))
        notes.append(f"{describe_attack_run(learned)}{_sampled(learned)}")
        metric = of_attack(ATTACK_ACCURACY, learned.key)
    shown = cell(case.figure(metric))
    if metric == ALWAYS_MEMBER:
        # A count of the pairs, valid whatever else is not.
        return replace(
            shown, interval="", trials="", note="; ".join([shown.note, *notes]).strip("; ")
        )
    return mark_flawed(replace(shown, note="; ".join(filter(None, [shown.note, *notes]))), case)


def leaks(groups: Sequence[ComparableCases]) -> tuple[tuple[str, tuple[LeakRow, ...]], ...]:
    """Return, for each level, every attack on every mitigation; evaluations as published last."""
    levels = []
    for level, title in LEVELS.items():
        rows = tuple(
            row
            for group in groups
            for case in group.cases
            for row in _leak_rows(case, group, level)
        )
        if rows:
            levels.append((title, rows))
    return tuple(levels)


def _leak_rows(case: Case, group: ComparableCases, level: Granularity) -> Iterator[LeakRow]:
    at_level = [run for run in case.attack_runs if run.level == level]
    for attack in dict.fromkeys(run.attack for run in at_level):
        runs = [run for run in at_level if run.attack == attack]
        as_users, knowing = case.best(non_adaptive(runs)), case.best(adaptive(runs))
        best = knowing or as_users
        assert best is not None
        yield LeakRow(
            mitigation=case.title,
            group=group.title,
            attack=attack_name(best.attack),
            flaw=flaw_of(case),
            non_adaptive_auc=_auc_of(case, as_users),
            non_adaptive_tpr=_share_of(case, as_users, TPR),
            adaptive_auc=_adaptive_auc(case, knowing),
            adaptive_tpr=NO_USE if knowing is None else _share_of(case, knowing, TPR),
            queries=Cell(count(best.queries), note=_describe_queries(best)),
        )


def _adaptive_auc(case: Case, run: AttackRunFacts | None) -> Cell:
    if run is None:
        return NO_USE
    shown = _auc_of(case, run)
    return replace(shown, note="; ".join(filter(None, (shown.note, STRATEGIES[run.strategy]))))


def _describe_queries(run: AttackRunFacts) -> str:
    labels = ", labels only" if run.access == "labels" else ""
    return f"about {count(run.records)}{labels}{_sampled(run)}"


def _sampled(run: AttackRunFacts) -> str:
    """Say that an attack was scored in sample, or nothing."""
    return ", scored on what it learned from" if run.in_sample else ""


def _auc_of(case: Case, run: AttackRunFacts | None) -> Cell:
    if run is None:
        return NOT_TRIED
    return mark_flawed(auc_cell(case.figure(of_attack(AUC, run.key))), case)


def _share_of(case: Case, run: AttackRunFacts | None, metric: str) -> Cell:
    if run is None:
        return NOT_TRIED
    return mark_flawed(cell(case.figure(of_attack(metric, run.key))), case)


def attack_rows(case: Case) -> tuple[AttackRunRow, ...]:
    """Return every figure of every attack on one mitigation."""
    return tuple(
        AttackRunRow(
            level=LEVELS[run.level],
            attack=attack_name(run.attack),
            strategy=STRATEGIES[run.strategy],
            mitigation="uses it" if run.adaptive else "does not",
            cells=(
                ("AUC", _auc_of(case, run)),
                ("TPR at 1 % FPR", _share_of(case, run, TPR)),
                ("TPR at 0.1 % FPR", _share_of(case, run, LOW_TPR)),
                ("Balanced accuracy", _share_of(case, run, BALANCED_ACCURACY)),
                ("Attack accuracy", _attack_accuracy(case, run)),
                ("Queries", Cell(count(run.queries), note=_describe_queries(run))),
            ),
        )
        for run in case.attack_runs
    )


def _attack_accuracy(case: Case, run: AttackRunFacts) -> Cell:
    """Return the share told apart at 1/2, which only attacks that learn have."""
    if not case.holds(of_attack(ATTACK_ACCURACY, run.key)):
        return Cell(note="does not learn")
    return _share_of(case, run, ATTACK_ACCURACY)


def protocol_titles(names: Iterable[Protocol]) -> tuple[str, ...]:
    """Return protocols in words."""
    return tuple(PROTOCOLS[name] for name in names)
