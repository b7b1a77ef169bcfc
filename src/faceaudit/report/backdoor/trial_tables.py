"""Tables of mitigations of backdoors: the matrix of attacks, and every figure behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faceaudit.records.backdoor import CLEAN, NULL, SUCCESS, TARGET_CLEAN, WRONG_KEY
from faceaudit.records.backdoor_mitigation import (
    CLEAN_CHANGE,
    CLEAN_REMOVED,
    DETECTED,
    DETECTION_AUC,
    POISON_AUC,
    POISON_PRECISION,
    POISON_RECALL,
    REFUSED,
    REFUSED_GLASSES,
    SUCCESS_BEFORE,
    TARGET_NAMED,
)
from faceaudit.report.backdoor.trainings import trainings_in_words
from faceaudit.report.backdoor.trial_words import describe_tried
from faceaudit.report.backdoor.trials import Trial, Tried, mitigation_facts
from faceaudit.report.elements import Cell, cell, reason_of
from faceaudit.report.numbers import (
    count,
    decimal,
    decimal_interval,
    listed,
    points_with_interval,
    signed_points,
)
from faceaudit.types import Figure


@dataclass(frozen=True)
class MatrixRow:
    """One mitigation: success of every attack with it, the worst, and what it costs.

    Attributes:
        anchor: the row's id.
        title: the mitigation.
        on: network and number of trainings.
        cells: success of each attack.
        worst: the highest of them.
        cost: clean accuracy of the pristine system with it, less that without.
        alarms: clean photos refused, or left out of the training set of the pristine system.
        words: a verdict.
    """

    anchor: str
    title: str
    on: str
    cells: tuple[Cell, ...]
    worst: Cell
    cost: Cell
    alarms: Cell
    words: str


@dataclass(frozen=True)
class TrialRow:
    """Every figure of one mitigation on one attack.

    Attributes:
        mitigation, attack: in words.
        trainings: how many.
        cells: a cell for each of `HEADS`.
    """

    mitigation: str
    attack: str
    trainings: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """The matrix of one network.

    Attributes:
        network: in words.
        attacks: heads of the columns: the id of the attack's own element, and its name.
        before: success of each attack without a mitigation.
        rows: the mitigations.
    """

    network: str
    attacks: tuple[tuple[str, str], ...]
    before: tuple[Cell, ...]
    rows: tuple[MatrixRow, ...]


HEADS = (
    "Right key, before",
    "Right key, with it",
    "Wrong keys",
    "Without poison",
    "Clean accuracy",
    "Clean accuracy, change",
    "Target\N{RIGHT SINGLE QUOTATION MARK}s own",
    "Poison found (AUC)",
    "Of photos left out, poison",
    "Of poison, left out",
    "Clean photos left out",
    "Target named first",
    "Instances told apart (AUC)",
    "Instances refused",
    "Clean photos refused",
    "Photos with glasses refused",
)
"""Heads of the table of all numbers."""
_METRICS = (
    *(SUCCESS_BEFORE, SUCCESS, WRONG_KEY, NULL, CLEAN, CLEAN_CHANGE, TARGET_CLEAN),
    *(POISON_AUC, POISON_PRECISION, POISON_RECALL, CLEAN_REMOVED, TARGET_NAMED),
    *(DETECTION_AUC, DETECTED, REFUSED, REFUSED_GLASSES),
)
_OF_WAY = {
    "training filter": {
        *(POISON_AUC, POISON_PRECISION, POISON_RECALL, CLEAN_REMOVED, TARGET_NAMED),
    },
    "input filter": {DETECTION_AUC, DETECTED, REFUSED, REFUSED_GLASSES},
}
_OF_SOME = {metric for metrics in _OF_WAY.values() for metric in metrics}
_OF_ATTACKS = {
    *(SUCCESS_BEFORE, SUCCESS, WRONG_KEY, NULL, POISON_AUC, POISON_PRECISION, POISON_RECALL),
    *(TARGET_NAMED, DETECTION_AUC, DETECTED),
}


def matrices(tried: Sequence[Tried]) -> tuple[Matrix, ...]:
    """Return a matrix for each network."""
    return tuple(
        _matrix([one for one in tried if one.network == network])
        for network in dict.fromkeys(one.network for one in tried)
    )


def _matrix(tried: Sequence[Tried]) -> Matrix:
    attacks = dict.fromkeys(_key(trial) for one in tried for trial in one.trials)
    first = {
        key: next(trial for one in tried for trial in one.trials if _key(trial) == key)
        for key in attacks
    }
    return Matrix(
        network=tried[0].on,
        attacks=tuple((trial.attack_anchor, trial.attack) for trial in first.values()),
        before=tuple(_cell(trial, SUCCESS_BEFORE) for trial in first.values()),
        rows=tuple(_matrix_row(one, tuple(attacks)) for one in tried),
    )


def _key(trial: Trial) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(trial.labels.items()))


def _matrix_row(tried: Tried, attacks: Sequence[tuple[str, ...]]) -> MatrixRow:
    own = {_key(trial): trial for trial in tried.trials}
    trainings = max((trial.trainings for trial in tried.trials), default=0)
    worst = tried.worst
    alarms = REFUSED if tried.way == "input filter" else CLEAN_REMOVED
    return MatrixRow(
        anchor=tried.anchor,
        title=tried.title,
        on=trainings_in_words(trainings) if trainings else "",
        cells=tuple(
            _cell(own[key], SUCCESS) if key in own else Cell(note="not tried") for key in attacks
        ),
        worst=Cell(note="not measured")
        if worst is None
        else replace(_cell(worst, SUCCESS), trials="", note=worst.attack),
        cost=_cell(tried.pristine, CLEAN_CHANGE),
        alarms=Cell(note="none") if tried.way == "repair" else _cell(tried.pristine, alarms),
        words=describe_tried(tried),
    )


def trial_rows(tried: Sequence[Tried]) -> tuple[TrialRow, ...]:
    """Return every figure, one row for each mitigation and attack."""
    several = len({one.network for one in tried}) > 1
    return tuple(
        TrialRow(
            mitigation=f"{one.title} on {one.on}" if several else one.title,
            attack=trial.attack or "No attack",
            trainings=trainings_in_words(trial.trainings) if trial.trainings else "",
            cells=tuple(_cell_of(one, trial, metric) for metric in _METRICS),
        )
        for one in tried
        for trial in ((one.pristine,) if one.pristine else ()) + one.trials
    )


def _cell_of(tried: Tried, trial: Trial, metric: str) -> Cell:
    applies = metric not in _OF_SOME or metric in _OF_WAY.get(tried.way, ())
    if not applies or (not trial.attack and metric in _OF_ATTACKS):
        return Cell()
    shown = _cell(trial, metric)
    if metric != TARGET_NAMED:
        return shown
    return replace(shown, note="; ".join(filter(None, (shown.note, _ranks(trial)))))


def _ranks(trial: Trial) -> str:
    """Say where the target stands in each training."""
    ranked = [mitigation_facts(case).target for case in trial.cases]
    known = [one for one in ranked if one is not None]
    if not known:
        return ""
    places = listed([count(one.rank) for one in known], most=8)
    return f"place {places} of {count(max(one.people for one in known))}"


def _cell(trial: Trial | None, metric: str) -> Cell:
    """Return a figure as a cell; changes in points, areas as decimals."""
    if trial is None:
        return Cell(note="not measured")
    figure = trial.figure(metric)
    one = figure.estimate
    if one is None:
        return Cell(note=reason_of(figure))
    trials = f"n = {trainings_in_words(trial.trainings)}" if trial.trainings > 1 else ""
    if metric == CLEAN_CHANGE:
        ends = points_with_interval(one).partition("(")[2].rstrip(")")
        shown = Cell(signed_points(one.value), ends, f"n = {count(one.n)}", estimate=one)
    elif metric in (POISON_AUC, DETECTION_AUC):
        shown = Cell(decimal(one.value), decimal_interval(one), f"n = {count(one.n)}", estimate=one)
    else:
        shown = cell(Figure(metric, one, figure.why_none))
    return replace(shown, trials=trials or shown.trials, note=figure.why_none)
