"""Attacks and figures of invented membership cases; no value here was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from faceaudit.records.membership import (
    ACCURACY,
    ATTACK_ACCURACY,
    AUC,
    BALANCED_ACCURACY,
    JOINT,
    MEMBER_ACCURACY,
    PARTIAL,
    AttackRunFacts,
    Granularity,
    QueryStrategy,
    attack_key,
    of_attack,
    of_target,
    tpr_at,
)
from faceaudit.types import Estimate, Evidence, Figure

TARGETS = 8
STRATEGIES: tuple[QueryStrategy, ...] = get_args(QueryStrategy)
LESS = {
    f"lira {JOINT}": 0.0,
    "lira": 0.0,
    "loss": 0.02,
    "black_box": 0.01,
    "label_only": 0.03,
}
"""By how much an attack is weaker than the strongest."""


def student(value: float, reach: float, n: int = TARGETS) -> Estimate:
    """Make an estimate whose interval reaches as far to either side, within 0 and 1."""
    return Estimate(value, max(0.0, value - reach), min(1.0, value + reach), n, "student 95 %")


def made_figure(metric: str, value: float | None, reach: float) -> Figure:
    if value is None:
        return Figure(metric, None, "the verifier could not be asked")
    return Figure(metric, student(value, reach))


def strongest_attack(level: Granularity) -> str:
    """Return the attack that is the strongest at a level here."""
    return "lira" if level == "pair" else f"lira {JOINT}"


def made_runs(
    mitigation: str, levels: Sequence[Granularity], grouped: bool, *, in_sample: bool
) -> tuple[AttackRunFacts, ...]:
    several = mitigation == "facebone"
    joint = f"lira {JOINT}"
    by_level = {
        "pair": ("lira", "loss", "black_box", "label_only"),
        "block": (joint,),
        "photo": (joint, "lira", "loss"),
        "identity": (joint, "lira", "loss"),
    }
    return tuple(
        AttackRunFacts(
            level=level,
            attack=attack,
            strategy=strategy,
            key=attack_key(level, attack, strategy),
            adaptive=strategy not in ("served", *PARTIAL) if several else _uses(mitigation, attack),
            access="labels" if attack == "label_only" else "scores",
            queries=400_000 if attack == "label_only" else 6000,
            records=400 if attack == "label_only" else 6000,
            in_sample=in_sample and attack == "black_box",
        )
        for level in levels
        for attack in by_level[level]
        for strategy in (STRATEGIES if several else STRATEGIES[:1])
        if strategy not in PARTIAL or (grouped and level == "pair")
    )


def _uses(mitigation: str, attack: str) -> bool:
    return mitigation == "none" or attack.startswith(("lira", "label_only"))


def made_areas(
    runs: Sequence[AttackRunFacts],
    served: float | None,
    areas: Mapping[Granularity, float | None],
    groups: tuple[float, float],
    reach: float,
) -> list[Figure]:
    figures = []
    several = any(run.strategy != "served" for run in runs)
    for run in runs:
        area = areas[run.level]
        if run.strategy == "served" and several:
            area = served
        elif run.strategy in PARTIAL:
            area = groups[PARTIAL.index(run.strategy)]
        less = LESS[run.attack]
        figures.append(
            made_figure(of_attack(AUC, run.key), None if area is None else area - less, reach)
        )
        figures.append(Figure(of_attack(BALANCED_ACCURACY, run.key), student(0.56, 0.01)))
    return figures


def made_rates(
    runs: Sequence[AttackRunFacts],
    tpr: float,
    unresolved: Sequence[Granularity],
    attack_accuracy: float | None,
    reach: float,
) -> list[Figure]:
    figures = []
    for run in runs:
        figures.append(made_rate(of_attack(tpr_at(0.01), run.key), tpr, run.level in unresolved))
        if run.attack == "black_box":
            figures.append(made_figure(of_attack(ATTACK_ACCURACY, run.key), attack_accuracy, reach))
    return figures


def made_rate(metric: str, tpr: float, unresolved: bool) -> Figure:
    if unresolved:
        why = "expected at least 1,000 non-members for a rate of 0.01, got 250"
        return Figure(metric, None, why)
    return Figure(metric, student(tpr, min(tpr, 0.008)))


def made_by_target(figures: Sequence[Figure], jitter: float, phase: int) -> list[Figure]:
    return [
        Figure(of_target(each.metric, target), student(each.estimate.value + float(step), 0.02, 40))
        for each in figures
        if each.estimate is not None
        and each.metric.startswith((f"{AUC}:", ACCURACY, f"strongest_{AUC}"))
        if each.metric != MEMBER_ACCURACY
        for target, step in enumerate(_wave(jitter, phase, each.metric))
        if each.estimate.value + step <= 1
    ]


def _wave(jitter: float, phase: int, metric: str) -> np.ndarray:
    """Return how far targets are off: in each case another way, and of parts of the pairs, too."""
    shift = phase + metric.endswith("unmatched")
    return jitter * np.cos(np.arange(TARGETS) * np.pi / 4 + shift)


def made_evidence(area: float, column: str, count: int = 400) -> Evidence:
    """Make scores whose area is about that of the case."""
    rng = np.random.default_rng(7)
    member = np.tile([True, False], TARGETS * count // 2)
    scores = rng.standard_normal(len(member)) + 2.4 * (area - 0.5) * 1.6 * member
    people = np.full(40, np.nan)
    return Evidence(
        tuple(f"{place}" for place in range(len(member) + 40)),
        {
            "level": np.array(["pair"] * len(member) + ["identity"] * 40),
            "target": np.concatenate([np.repeat(np.arange(TARGETS), count), np.zeros(40, int)]),
            "member": np.concatenate([member, np.arange(40) % 2 == 0]),
            column: np.concatenate([scores, people]),
        },
    )
