"""Invented membership cases in the shape that an audit writes; no value here was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.records.membership import (
    ACCURACY,
    ALWAYS_MEMBER,
    AUC,
    BLIND_AUC,
    KIND,
    LEVELS,
    MEMBER_ACCURACY,
    CheckFacts,
    Granularity,
    MembershipFacts,
    Protocol,
    QueryStrategy,
    attack_key,
    score_column,
    strongest,
    tar_at,
    tpr_at,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure
from report.membership.made_figures import (
    TARGETS,
    made_areas,
    made_by_target,
    made_evidence,
    made_figure,
    made_rate,
    made_rates,
    made_runs,
    strongest_attack,
    student,
)

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


ACCOUNT: dict[str, Any] = {
    "plan": {"title": "FaceBone on LFW", "seeds": [0], "membership": {"targets": TARGETS}},
    "sections": {"membership": {}},
}
"""Parts of an account of a run that differ from that of a backdoor audit."""


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
    levels: Sequence[Granularity] = LEVELS,
    at: Mapping[Granularity, float] | None = None,
    unresolved: Sequence[Granularity] = (),
    groups: tuple[float, float] | None = (0.60, 0.50),
    post_processing: bool = False,
    named: int = 0,
    blocks: int | None = 40,
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
        at: the AUC of the strongest attack at single levels, where it is another than `adaptive`.
        unresolved: levels with too few non-members for a true-positive rate.
        groups: AUC on pairs learned with the backbone asked, and with another; of FaceBone only.
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
    id_ = re.sub(r"[^\w-]", "-", f"{protocol}-{title}-{seed}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    runs = made_runs(mitigation, levels, groups is not None, in_sample=in_sample)
    areas = {level: (at or {}).get(level, adaptive) for level in levels}
    figures = made_areas(runs, served, areas, groups or (0.5, 0.5), reach)
    figures += made_rates(runs, tpr, unresolved, attack_accuracy, reach)
    figures += [
        made_figure(ACCURACY, accuracy, reach / 2),
        Figure(MEMBER_ACCURACY, student(0.99, 0.002)),
        Figure(tar_at(0.01), student(0.62, 0.02)),
        Figure(ALWAYS_MEMBER, Estimate(always, always, always, 6000, "count")),
        Figure(BLIND_AUC, student(0.499, 0.01)),
    ]
    for level in levels:
        figures.append(made_figure(strongest(AUC, level), areas[level], reach))
        figures.append(made_rate(strongest(tpr_at(0.01), level), tpr, level in unresolved))
    if by_target:
        figures += made_by_target(figures, jitter, sum(map(ord, title)))
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
        blocks=blocks,
        verifiers=16,
        targets=TARGETS,
        post_processing=post_processing,
        named_pairs=named,
        mitigation_facts={"epochs": 4} if mitigation == "none" else {"epsilon": 8.0},
        gate=tuple(gate),
        attacks=runs,
        strongest={level: attack_key(level, strongest_attack(level), strategy) for level in levels},
    )
    kept = made_evidence(adaptive or 0.5, score_column("lira", strategy)) if evidence else None
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
            groups=None,
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
