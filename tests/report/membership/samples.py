"""Invented privacy cases in the shape that an audit writes; no value here was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceaudit.store import CaseRecord, Figure
from faceaudit.types import Estimate, Evidence

SEEDS = 8
BACKBONES = ["mobilefacenet_y1", "mobilefacenet_casia"]
PASSED = [
    {"name": "No person on both sides", "passed": True, "said": "0 of 1,234 people"},
    {"name": "Members and others in balance", "passed": True, "said": "3,000 and 3,000"},
    {"name": "Blind baseline at chance", "passed": True, "said": "AUC 0.499"},
]
OVERLAP = {
    "name": "No person on both sides",
    "passed": False,
    "said": "450 people are in both lists",
}
IN_SAMPLE = {
    "name": "Attack scored on other records than it learned from",
    "passed": False,
    "said": "it was scored on the same 6,000 records",
}
UNKNOWN = {"name": "Enough records for 0.1 % FPR", "passed": None, "said": "the audit ran one seed"}
WAYS = ("served", "each", "all", "assignment")


def student(value: float, reach: float, n: int = SEEDS) -> Estimate:
    """Make an estimate whose interval reaches as far to either side, within 0 and 1."""
    return Estimate(value, max(0.0, value - reach), min(1.0, value + reach), n, "student 95 %")


def privacy_case(
    mitigation: str = "facebone",
    *,
    title: str | None = None,
    protocol: str = "rigorous",
    accuracy: float | None = 0.87,
    served: float | None = 0.55,
    adaptive: float | None = 0.60,
    reach: float = 0.01,
    tpr: float = 0.03,
    attack_accuracy: float | None = 0.58,
    always: float = 0.5,
    gate: Sequence[Mapping[str, Any]] = PASSED,
    seeds: bool = True,
    jitter: float = 0.002,
    evidence: bool = True,
    levels: Sequence[str] = ("pair", "photo", "identity"),
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    error: str | None = None,
    in_sample: bool = False,
    source: str = "lfw",
) -> CaseRecord:
    """Make a case of one mitigation.

    Args:
        accuracy, served, adaptive: figures; None for one that could not be measured. Without
            several backbones there is one way to ask, and `served` is as `adaptive`.
        reach: how far the intervals reach.
        seeds: whether single seeds are kept, so that differences can be taken seed by seed.
        jitter: how much seeds differ, in each case another way.
    """
    title = title or mitigation
    if mitigation != "facebone":
        served = adaptive  # there is one way to ask
    spec = {
        "kind": "privacy",
        "schema": 1,
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
    asks = _asks(mitigation, levels, in_sample=in_sample)
    figures = _figures(asks, served, adaptive, reach, tpr, attack_accuracy)
    figures += [
        _figure("accuracy", accuracy, reach / 2),
        Figure("accuracy_members", student(0.99, 0.002)),
        Figure("tar@far=0.01", student(0.62, 0.02)),
        Figure("always_member", student(always, 0.0)),
        _figure("adaptive_auc", adaptive, reach),
        Figure("adaptive_tpr@fpr=0.01", student(tpr, min(tpr, 0.008))),
        Figure("blind_auc", student(0.499, 0.01)),
    ]
    if seeds:
        figures += _by_seed(figures, jitter, len(title))
    facts = {
        "kind": "privacy",
        "title": title,
        "mitigation": mitigation,
        "protocol": protocol,
        "backbones": BACKBONES,
        "source": source,
        "people": 1234,
        "photos": 5678,
        "members": 3000,
        "others": 3000,
        "blocks": 40,
        "verifiers": 16,
        "seeds": SEEDS,
        "mitigation_facts": {"epochs": 4} if mitigation == "none" else {"epsilon": 8.0},
        "gate": [dict(one) for one in gate],
        "attacks": asks,
        "worst": "pair:lira:all" if mitigation == "facebone" else "pair:lira:served",
    }
    kept = _evidence(adaptive or 0.5, facts["worst"]) if evidence else None
    return CaseRecord(id_, spec, facts, tuple(figures), kept)


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
    return privacy_case(mitigation, **{**given, **options})


def privacy_audit() -> list[CaseRecord]:
    """Make the cases of a whole privacy audit: six mitigations, FaceBone's two as published."""
    return [
        privacy_case("none", accuracy=0.872, served=0.661, adaptive=0.661, tpr=0.051),
        privacy_case("facebone", accuracy=0.876, served=0.552, adaptive=0.648, tpr=0.043),
        privacy_case(
            "facebone",
            title="facebone (assignment all, query average)",
            options={"assignment": "all", "query": "average"},
            accuracy=0.881,
            served=0.652,
            adaptive=0.657,
            tpr=0.045,
        ),
        privacy_case("selena", accuracy=0.868, served=0.531, adaptive=0.556, tpr=0.019),
        privacy_case(
            "early_stopping",
            title="early_stopping (epochs 4)",
            accuracy=0.869,
            served=0.571,
            adaptive=0.573,
            tpr=0.022,
            gate=[UNKNOWN, *PASSED],
        ),
        privacy_case(
            "dp_sgd",
            title="dp_sgd (epsilon 8)",
            accuracy=0.801,
            served=0.504,
            adaptive=0.509,
            tpr=0.011,
        ),
        privacy_case(
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


def _asks(mitigation: str, levels: Sequence[str], *, in_sample: bool) -> list[dict[str, Any]]:
    several = mitigation == "facebone"
    return [
        {
            "level": level,
            "attack": attack,
            "knowledge": way,
            "adaptive": way != "served" if several else _uses(mitigation, attack),
            "access": "labels" if attack == "label_only" else "scores",
            "queries": 400_000 if attack == "label_only" else 6000,
            "records": 400 if attack == "label_only" else 6000,
            "in_sample": in_sample and attack == "black_box",
            "key": f"{level}:{attack}:{way}",
        }
        for level in levels
        for attack in ("lira", "loss", "black_box", "label_only")
        for way in (WAYS if several else ("served",))
    ]


def _uses(mitigation: str, attack: str) -> bool:
    return mitigation == "none" or attack in ("lira", "label_only")


def _figures(
    asks: Sequence[Mapping[str, Any]],
    served: float | None,
    adaptive: float | None,
    reach: float,
    tpr: float,
    attack_accuracy: float | None,
) -> list[Figure]:
    less = {"lira": 0.0, "loss": 0.02, "black_box": 0.01, "label_only": 0.03}
    found = []
    for ask in asks:
        whole = served if ask["knowledge"] == "served" else adaptive
        area = None if whole is None else whole - less[ask["attack"]]
        key = ask["key"]
        found += [
            _figure(f"auc:{key}", area, reach),
            Figure(f"tpr@fpr=0.01:{key}", student(tpr, min(tpr, 0.008))),
            Figure(f"tpr@fpr=0.001:{key}", None, "too few others for a rate of 0.001"),
            Figure(f"balanced_accuracy:{key}", student(0.56, 0.01)),
        ]
        if ask["attack"] == "black_box":
            found.append(_figure(f"attack_accuracy:{key}", attack_accuracy, reach))
    return found


def _by_seed(figures: Sequence[Figure], jitter: float, phase: int) -> list[Figure]:
    wave = jitter * np.cos(np.arange(SEEDS) * np.pi / 4 + phase)
    return [
        Figure(f"{each.metric}:seed-{seed}", student(each.estimate.value + float(step), 0.02, 40))
        for each in figures
        if each.estimate is not None
        and each.metric.startswith(("auc:", "accuracy", "adaptive_auc"))
        if each.metric != "accuracy_members"
        for seed, step in enumerate(wave)
        if each.estimate.value + step <= 1
    ]


def _evidence(area: float, worst: str, count: int = 400) -> Evidence:
    """Make scores whose area is about that of the case."""
    rng = np.random.default_rng(7)
    member = np.tile([True, False], SEEDS * count // 2)
    scores = rng.standard_normal(len(member)) + 2.4 * (area - 0.5) * 1.6 * member
    people = np.full(40, np.nan)
    return Evidence(
        tuple(f"{place}" for place in range(len(member) + 40)),
        {
            "level": np.array(["pair"] * len(member) + ["identity"] * 40),
            "seed": np.concatenate([np.repeat(np.arange(SEEDS), count), np.zeros(40, int)]),
            "member": np.concatenate([member, np.arange(40) % 2 == 0]),
            f"score:{worst.partition(':')[2]}": np.concatenate([scores, people]),
        },
    )
