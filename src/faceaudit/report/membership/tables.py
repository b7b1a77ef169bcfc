"""Tables of a membership audit's attacks: every figure as a cell; one not valid is marked so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceaudit.records.membership import (
    ATTACK_ACCURACY,
    AUC,
    BALANCED_ACCURACY,
    KIND,
    LEVELS,
    AttackRunFacts,
    Granularity,
    of_attack,
    tpr_at,
)
from faceaudit.report.anchors import anchor
from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import (
    TPR,
    Case,
    ComparableCases,
    adaptive,
    as_users_ask,
)
from faceaudit.report.membership.cells import auc_cell, flaw_of, mark_flawed, noted
from faceaudit.report.membership.claims import sampled
from faceaudit.report.membership.words import (
    LEVEL_WORDS,
    STRATEGIES,
    attack_name,
    level_title,
    needs,
)
from faceaudit.report.numbers import count

NOT_TRIED = Cell(note="not tried")
NO_USE = Cell(note="makes no use of it")
COLUMNS = {
    AUC: "AUC",
    TPR: "TPR at 1 % FPR",
    tpr_at(0.001): "TPR at 0.1 % FPR",
    BALANCED_ACCURACY: "Balanced accuracy",
    ATTACK_ACCURACY: "Attack accuracy",
}


@dataclass(frozen=True)
class LeakRow:
    """One attack on one mitigation: asked as users do, and by one who knows of it."""

    mitigation: str
    group: str
    attack: Cell
    flaw: str
    users_auc: Cell
    users_tpr: Cell
    knowing_auc: Cell
    knowing_tpr: Cell
    queries: Cell


@dataclass(frozen=True)
class LeakTable:
    """Every attack of one level on every mitigation.

    Attributes:
        level: what members are told of.
        anchor: the id of the table.
        rows: evaluations as published last.
        tpr: whether a true-positive rate is held by any row.
        knowing: whether any mitigation gives whoever knows of it another way to ask.
    """

    level: str
    anchor: str
    rows: tuple[LeakRow, ...]
    tpr: bool
    knowing: bool


@dataclass(frozen=True)
class AttackRunRow:
    """One attack with one query strategy, and all of its figures."""

    level: str
    attack: str
    strategy: str
    mitigation: str
    cells: tuple[tuple[str, Cell], ...]


def leaks(groups: Sequence[ComparableCases]) -> tuple[LeakTable, ...]:
    """Return, for each level, every attack on every mitigation; people first."""
    tried = {level for group in groups for level in group.levels}
    return tuple(_leak_table(groups, level) for level in LEVELS if level in tried)


def _leak_table(groups: Sequence[ComparableCases], level: Granularity) -> LeakTable:
    cases = [(case, group) for group in groups for case in group.cases]
    runs = [(case, run) for case, _ in cases for run in _at(case, level)]
    return LeakTable(
        level=level_title(level),
        anchor=anchor(KIND, "attacks", LEVEL_WORDS[level].replace(" ", "-")),
        rows=tuple(row for case, group in cases for row in _leak_rows(case, group, level)),
        tpr=any(case.holds(of_attack(TPR, run.key)) for case, run in runs),
        knowing=any(run.strategy != "served" for _, run in runs),
    )


def _at(case: Case, level: Granularity) -> list[AttackRunFacts]:
    return [run for run in case.attack_runs if run.level == level]


def _leak_rows(case: Case, group: ComparableCases, level: Granularity) -> Iterator[LeakRow]:
    """Yield a row for each attack; whoever knows of the mitigation can ask as users do, too."""
    at_level = _at(case, level)
    for attack in dict.fromkeys(run.attack for run in at_level):
        runs = [run for run in at_level if run.attack == attack]
        users = as_users_ask(runs)
        knowing = [run for run in runs if run.adaptive or run in users] if adaptive(runs) else []
        best = case.best(knowing or users)
        assert best is not None
        yield LeakRow(
            mitigation=case.title,
            group=group.title,
            attack=Cell(attack_name(best.attack), note=needs(best)),
            flaw=flaw_of(case),
            users_auc=_best_of(case, users, AUC, NOT_TRIED),
            users_tpr=_best_of(case, users, TPR, NOT_TRIED),
            knowing_auc=_best_of(case, knowing, AUC, NO_USE, say_how=True),
            knowing_tpr=_best_of(case, knowing, TPR, NO_USE, say_how=True),
            queries=Cell(count(best.queries), note=_describe_queries(best)),
        )


def _best_of(
    case: Case,
    runs: Sequence[AttackRunFacts],
    metric: str,
    otherwise: Cell,
    *,
    say_how: bool = False,
) -> Cell:
    """Return the highest figure of some runs of one attack, and how that one asks."""
    best = case.best(runs, metric)
    if best is None:
        return otherwise
    shown = _cell_of(case, best, metric)
    several = say_how and len(runs) > 1 and case.get(of_attack(metric, best.key)) is not None
    return noted(shown, STRATEGIES[best.strategy]) if several else shown


def _cell_of(case: Case, run: AttackRunFacts, metric: str) -> Cell:
    make = auc_cell if metric == AUC else cell
    return mark_flawed(make(case.figure(of_attack(metric, run.key))), case)


def _describe_queries(run: AttackRunFacts) -> str:
    labels = ", labels only" if run.access == "labels" else ""
    return f"about {count(run.records)}{labels}{sampled(run.in_sample)}"


def attack_rows(case: Case) -> tuple[AttackRunRow, ...]:
    """Return every figure of every attack on one mitigation; no column that is empty for all."""
    runs = sorted(case.attack_runs, key=lambda run: LEVELS.index(run.level))
    held = [
        (metric, title)
        for metric, title in COLUMNS.items()
        if any(case.holds(of_attack(metric, run.key)) for run in runs)
    ]
    return tuple(
        AttackRunRow(
            level=level_title(run.level),
            attack=attack_name(run.attack),
            strategy=STRATEGIES[run.strategy],
            mitigation="uses it" if run.adaptive else "does not",
            cells=(
                *((title, _run_cell(case, run, metric)) for metric, title in held),
                ("Queries", Cell(count(run.queries), note=_describe_queries(run))),
            ),
        )
        for run in runs
    )


def _run_cell(case: Case, run: AttackRunFacts, metric: str) -> Cell:
    """Return a figure; the share told apart at 1/2 is one that only attacks that learn have."""
    if metric == ATTACK_ACCURACY and not case.holds(of_attack(metric, run.key)):
        return Cell(note="does not learn")
    return _cell_of(case, run, metric)
