"""Invented membership cases in the shape that an audit writes; no value here was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from faceaudit.records.membership import (
    ACCURACY,
    ALWAYS_MEMBER,
    ATTACK_ACCURACY,
    AUC,
    BALANCED_ACCURACY,
    BLIND_AUC,
    KIND,
    MEMBER_ACCURACY,
    AttackRunFacts,
    CheckFacts,
    Granularity,
    MembershipFacts,
    Protocol,
    QueryStrategy,
    attack_key,
    of_attack,
    of_target,
    score_column,
    strongest,
    tar_at,
    tpr_at,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Evidence, Figure

TARGETS = 8
BACKBONES = ("mobilefacenet_y1", "mobilefacenet_casia")
PASSED = (
    CheckFacts(name="No person on both sides", passed=True, message="0 of 1,234 people"),
    CheckFacts(name="Members and non-members in balance", passed=True, message="3,000 and 3,000"),
    CheckFacts(name="Blind baseline at chance", passed=True, message="AUC 0.499"),
)
OVERLAP = CheckFacts(
    name="No person on both sides", passed=False, message="450 people are in both lists"
)
IN_SAMPLE = CheckFacts(
    name="Attack scored on other records than it learned from",
    passed=False,
    message="it was scored on the same 6,000 records",
)
UNKNOWN = CheckFacts(
    name="Enough records for 0.1 % FPR", passed=None, message="the audit ran one seed"
)
STRATEGIES: tuple[QueryStrategy, ...] = get_args(QueryStrategy)

ACCOUNT: dict[str, Any] = {
    "plan": {"title": "FaceBone on LFW", "seeds": [0], "membership": {"targets": TARGETS}},
    "sections": {"membership": {}},
}
"""Parts of an account of a run that differ from that of a backdoor audit."""


def student(value: float, reach: float, n: int = TARGETS) -> Estimate:
    """Make an estimate whose interval reaches as far to either side, within 0 and 1."""
    return Estimate(value, max(0.0, value - reach), min(1.0, value + reach), n, "student 95 %")


def membership_case(
    mitigation: str = "facebone",
    *,
    title: str | None = None,
    protocol: Protocol = "rigorous",
    accuracy: float | None = 0.87,
    served: float | None = 0.55,
    adaptive: float | None = 0.60,
    reach: float = 0.01,
    tpr: float = 0.03,
    attack_accuracy: float | None = 0.58,
    always: float = 0.5,
    gate: Sequence[CheckFacts] = PASSED,
    by_target: bool = True,
    jitter: float = 0.002,
    evidence: bool = True,
    levels: Sequence[Granularity] = get_args(Granularity),
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    error: str | None = None,
    in_sample: bool = False,
    source: str = "lfw",
) -> CaseRecord:
    """Make a case of one mitigation.

    Args:
        accuracy, served, adaptive: figures; None for one that could not be measured. Without
            several backbones there is one query strategy, and `served` is as `adaptive`.
        reach: how far the intervals reach.
        by_target: whether the figures of single targets are kept, so that differences can be taken
            target by target.
        jitter: how much targets differ, in each case another way.
    """
    title = title or mitigation
    if mitigation != "facebone":
        served = adaptive  # there is one query strategy
    spec = {
        "kind": KIND,
        "schema": 1,
        "versions": {"mitigation": len(mitigation), "attacks": [1, 1]},
        "targets": TARGETS,
        "mitigation": {"mitigation": mitigation, **(options or {})},
        "predictor": {"predictor": "difference_network"},
        "attacks": [{"attack": "lira", "online": True}, {"attack": "loss"}],
        "backbones": [f"{number}" * 64 for number in range(2)],
        "faces": {"source": source},
        "pool": {"pairs": 6000, "blocks": 40, "protocol": protocol},
        "seed": seed,
    }
    id_ = f"{protocol.replace(' ', '-')}-{title}-{seed}".replace(" ", "-").replace("/", "-")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    runs = _attack_runs(mitigation, levels, in_sample=in_sample)
    figures = _figures(runs, served, adaptive, reach, tpr, attack_accuracy)
    figures += [
        _figure(ACCURACY, accuracy, reach / 2),
        Figure(MEMBER_ACCURACY, student(0.99, 0.002)),
        Figure(tar_at(0.01), student(0.62, 0.02)),
        Figure(ALWAYS_MEMBER, student(always, 0.0)),
        _figure(strongest(AUC), adaptive, reach),
        Figure(strongest(tpr_at(0.01)), student(tpr, min(tpr, 0.008))),
        Figure(BLIND_AUC, student(0.499, 0.01)),
    ]
    if by_target:
        figures += _by_target(figures, jitter, len(title))
    strategy: QueryStrategy = "all" if mitigation == "facebone" else "served"
    facts = MembershipFacts(
        title=title,
        mitigation=mitigation,
        protocol=protocol,
        system=f"system-{id_}",
        backbones=BACKBONES,
        backbone_facts=(),
        predictor="difference_network",
        source=source,
        people=1234,
        photos=5678,
        members=3000,
        nonmembers=3000,
        blocks=40,
        verifiers=16,
        targets=TARGETS,
        mitigation_facts={"epochs": 4} if mitigation == "none" else {"epsilon": 8.0},
        gate=tuple(gate),
        attacks=runs,
        strongest=attack_key("pair", "lira", strategy),
    )
    kept = _evidence(adaptive or 0.5, score_column("lira", strategy)) if evidence else None
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures), kept)


def flawed_case(mitigation: str = "facebone", **options: Any) -> CaseRecord:
    """Make a case evaluated as published: scored on what it learned from, people on both sides."""
    given = {
        "protocol": "as published",
        "accuracy": 0.86,
        "served": 0.80,
        "adaptive": 0.81,
        "attack_accuracy": 0.83,
        "always": 0.80,
        "gate": [IN_SAMPLE, OVERLAP, *PASSED[2:]],
        "in_sample": True,
    }
    return membership_case(mitigation, **{**given, **options})


def membership_audit() -> list[CaseRecord]:
    """Make the cases of a whole membership audit: six mitigations, FaceBone's two as published."""
    return [
        membership_case("none", accuracy=0.872, served=0.661, adaptive=0.661, tpr=0.051),
        membership_case("facebone", accuracy=0.876, served=0.552, adaptive=0.648, tpr=0.043),
        membership_case(
            "facebone",
            title="facebone (assignment all, query average)",
            options={"assignment": "all", "query": "average"},
            accuracy=0.881,
            served=0.652,
            adaptive=0.657,
            tpr=0.045,
        ),
        membership_case("selena", accuracy=0.868, served=0.531, adaptive=0.556, tpr=0.019),
        membership_case(
            "early_stopping",
            title="early_stopping (epochs 4)",
            accuracy=0.869,
            served=0.571,
            adaptive=0.573,
            tpr=0.022,
            gate=[UNKNOWN, *PASSED],
        ),
        membership_case(
            "dp_sgd",
            title="dp_sgd (epsilon 8)",
            accuracy=0.801,
            served=0.504,
            adaptive=0.509,
            tpr=0.011,
        ),
        membership_case(
            "ensemble",
            title="ensemble (models 5)",
            accuracy=0.884,
            served=0.676,
            adaptive=0.679,
            tpr=0.062,
            gate=[OVERLAP, *PASSED[1:]],
        ),
        flawed_case("none", accuracy=0.861, attack_accuracy=0.82),
        flawed_case("facebone"),
    ]


def _figure(metric: str, value: float | None, reach: float) -> Figure:
    if value is None:
        return Figure(metric, None, "the verifier could not be asked")
    return Figure(metric, student(value, reach))


def _attack_runs(
    mitigation: str, levels: Sequence[Granularity], *, in_sample: bool
) -> tuple[AttackRunFacts, ...]:
    several = mitigation == "facebone"
    return tuple(
        AttackRunFacts(
            level=level,
            attack=attack,
            strategy=strategy,
            key=attack_key(level, attack, strategy),
            adaptive=strategy != "served" if several else _uses(mitigation, attack),
            access="labels" if attack == "label_only" else "scores",
            queries=400_000 if attack == "label_only" else 6000,
            records=400 if attack == "label_only" else 6000,
            in_sample=in_sample and attack == "black_box",
        )
        for level in levels
        for attack in ("lira", "loss", "black_box", "label_only")
        for strategy in (STRATEGIES if several else STRATEGIES[:1])
    )


def _uses(mitigation: str, attack: str) -> bool:
    return mitigation == "none" or attack in ("lira", "label_only")


def _figures(
    runs: Sequence[AttackRunFacts],
    served: float | None,
    adaptive: float | None,
    reach: float,
    tpr: float,
    attack_accuracy: float | None,
) -> list[Figure]:
    less = {"lira": 0.0, "loss": 0.02, "black_box": 0.01, "label_only": 0.03}
    figures = []
    for run in runs:
        whole = served if run.strategy == "served" else adaptive
        area = None if whole is None else whole - less[run.attack]
        figures += [
            _figure(of_attack(AUC, run.key), area, reach),
            Figure(of_attack(tpr_at(0.01), run.key), student(tpr, min(tpr, 0.008))),
            Figure(
                of_attack(tpr_at(0.001), run.key), None, "too few non-members for a rate of 0.001"
            ),
            Figure(of_attack(BALANCED_ACCURACY, run.key), student(0.56, 0.01)),
        ]
        if run.attack == "black_box":
            figures.append(_figure(of_attack(ATTACK_ACCURACY, run.key), attack_accuracy, reach))
    return figures


def _by_target(figures: Sequence[Figure], jitter: float, phase: int) -> list[Figure]:
    wave = jitter * np.cos(np.arange(TARGETS) * np.pi / 4 + phase)
    return [
        Figure(of_target(each.metric, target), student(each.estimate.value + float(step), 0.02, 40))
        for each in figures
        if each.estimate is not None
        and each.metric.startswith((f"{AUC}:", ACCURACY, strongest(AUC)))
        if each.metric != MEMBER_ACCURACY
        for target, step in enumerate(wave)
        if each.estimate.value + step <= 1
    ]


def _evidence(area: float, column: str, count: int = 400) -> Evidence:
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
