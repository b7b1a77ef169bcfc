"""Table of the strongest attack on one mitigation, by level, people first."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.records.membership import (
    AUC,
    LEVELS,
    AttackRunFacts,
    Granularity,
    of_attack,
    strongest,
)
from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import TPR, Case, ComparableCases
from faceaudit.report.membership.cells import auc_cell, mark_flawed, noted
from faceaudit.report.membership.differences import leak_change
from faceaudit.report.membership.leaks import exceeding
from faceaudit.report.membership.words import (
    NONE,
    STRATEGIES,
    attack_name,
    describe_attack_run,
    level_title,
    needs,
)
from faceaudit.report.numbers import (
    counted,
    decimal,
    percent_in_text,
    signed_decimal,
)


@dataclass(frozen=True)
class StrongestRow:
    """The strongest attack of a level.

    Attributes:
        of: what it tells members of.
        level: that level as a title.
        auc: its AUC, chosen for each target on the others.
        change: that AUC less the one without mitigation; empty without any.
        tpr: the share of members that it finds at 1 % false positives.
        attack: the attack that was mostly chosen.
    """

    of: Granularity
    level: str
    auc: Cell
    change: Cell
    tpr: Cell
    attack: Cell


def strongest_rows(case: Case, group: ComparableCases) -> tuple[StrongestRow, ...]:
    """Return a row for each level at which attacks were chosen among; none says why."""
    return tuple(
        StrongestRow(
            of=level,
            level=level_title(level),
            auc=mark_flawed(_auc(case, group, level), case),
            change=_change(case, group, level),
            tpr=mark_flawed(_tpr(case, group, level), case),
            attack=_attack(case, level),
        )
        for level in LEVELS
        if case.holds(strongest(AUC, level))
    )


def _auc(case: Case, group: ComparableCases, level: Granularity) -> Cell:
    metric = strongest(AUC, level)
    shown = auc_cell(case.figure(metric))
    if above := _exceeding(case, group, metric):
        area = above.leak(level)
        assert area is not None
        return noted(
            shown, f"{decimal(area.value)} was measured with {above.title}, so without it, too"
        )
    base = group.baseline
    area = case.leak(level)
    if case.facts.post_processing and base is not None and not base.failed and area is not None:
        theirs = base.leak(level)
        if theirs is not None and area.value > theirs.value:
            return noted(shown, "at least as much without mitigation")
    return shown


def _exceeding(case: Case, group: ComparableCases, metric: str) -> Case | None:
    """Return the case that shows a figure of the case without mitigation to be too low."""
    if case.mitigation != NONE or case.failed:
        return None
    return exceeding(case, group, metric)


def _change(case: Case, group: ComparableCases, level: Granularity) -> Cell:
    base = group.baseline
    if case.mitigation == NONE or case.failed or base is None or base.failed:
        return Cell()
    change = leak_change(case, base, level)
    if change is None:
        return Cell(note="not known")
    ends = f"{signed_decimal(change.low)} to {signed_decimal(change.high)}"
    return Cell(signed_decimal(change.value), ends, estimate=change)


def _tpr(case: Case, group: ComparableCases, level: Granularity) -> Cell:
    """Return the TPR of the strongest attack; one of another attack that is higher is noted."""
    metric = strongest(TPR, level)
    shown, own = cell(case.figure(metric)), case.get(metric)
    best = case.best(case.out_of_sample(level), TPR)
    highest = None if best is None else case.get(of_attack(TPR, best.key))
    if best and highest and (own is None or highest.value > own.value):
        share = percent_in_text(highest.value)
        shown = noted(shown, f"highest of all attacks: {share}, {describe_attack_run(best)}")
    if above := _exceeding(case, group, metric):
        rate = above.get(metric)
        assert rate is not None
        shown = noted(
            shown,
            f"{percent_in_text(rate.value)} was measured with {above.title}, so without it, too",
        )
    return shown


def _attack(case: Case, level: Granularity) -> Cell:
    """Name the attack that was chosen most often, and how."""
    run = case.strongest(level)
    if run is None or case.leak(level) is None:
        return Cell(note="none was chosen")
    runs = [run, *case.out_of_sample(level)]
    run = max(runs, key=lambda each: _times_chosen(case, level, each))
    notes = [STRATEGIES[run.strategy], needs(run), _describe_choice(case, level, run)]
    return Cell(attack_name(run.attack), note="; ".join(filter(None, notes)))


def _times_chosen(case: Case, level: Granularity, run: AttackRunFacts) -> int:
    """Return for how many targets an attack's AUC is that of the strongest."""
    own = case.by_target(of_attack(AUC, run.key))
    chosen = case.by_target(strongest(AUC, level))
    return sum(own.get(target) == value for target, value in chosen.items())


def _describe_choice(case: Case, level: Granularity, run: AttackRunFacts) -> str:
    """Say how the attack was chosen, for how many targets it was this one, and its own AUC."""
    targets = case.facts.targets
    if targets < 2:
        among = counted(len(case.out_of_sample(level)), "attack")
        return f"the highest of {among}, too high by choice"
    times, mean = _times_chosen(case, level, run), case.get(of_attack(AUC, run.key))
    area = "" if mean is None or times == targets else f" (on all: {decimal(mean.value)})"
    return f"chosen for each target on the others: for {times} of {targets} this one{area}"
