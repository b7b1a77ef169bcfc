"""Invented cases of inversions in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from faceaudit.metrics import wilson
from faceaudit.records.backbone import PretrainedBackboneFacts
from faceaudit.records.identifier_inversion import (
    JUDGE,
    OVER_RANDOM,
    UNTRAINED,
    IdentifierInversionFacts,
    found_at,
)
from faceaudit.records.inversion import (
    AVERAGE,
    KIND,
    LOOK_ALIKE,
    MATCH,
    OTHERS,
    OVER,
    PHOTO,
    QUERIES,
    RANDOM,
    REFERENCES,
    SOLVED,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    InversionFacts,
    NetworkFacts,
    ThresholdFacts,
    at_fmr,
    at_rank,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Evidence, Figure

PEOPLE = 100
FMRS = (0.01, 0.001)
NETWORKS = ("deepid 1", "deepid 2")
BACKBONE = PretrainedBackboneFacts(
    source="synthetic",
    people=60,
    photos=960,
    epochs=10,
    validation_photos=180,
    validation_accuracy=0.9,
)
THRESHOLD = 0.5
"""Of everything here."""


def share(metric: str, hits: int, n: int = PEOPLE) -> Figure:
    return Figure(metric, wilson(hits, n))


def points(metric: str, hits: int) -> Figure:
    value = hits / PEOPLE
    return Figure(metric, Estimate(value, value - 0.1, value + 0.1, PEOPLE, "paired 95 %"))


def template_case(
    attack: str = "white_box",
    passed: int = 96,
    *,
    alike: int = 30,
    photo: int = 97,
    elsewhere: int = 70,
    protection: str = "none",
    key: str = "none",
    access: str = "gradients",
    seed: int = 0,
    origin: int = 0,
    source: str = "synthetic",
    missing: bool = False,
    error: str | None = None,
    pictures: Mapping[str, bytes] | None = None,
    scores: Mapping[str, Any] | None = None,
) -> CaseRecord:
    """Make a case of an attack on templates; `passed` of 100 pass at FMR 0.1 %, all at 1 %."""
    spec = {
        "kind": KIND,
        "part": "template",
        "seed": seed,
        "attack": {"attack": attack},
        "protection": {"protection": protection},
        "key": key,
        "origin": origin,
        "faces": {"source": source},
        "titles": {"attack": attack, "protection": protection, "networks": list(NETWORKS)},
    }
    id_ = re.sub(r"[^\w-]", "-", f"{attack}-{protection}-{key}-{seed}-{origin}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    thresholds = tuple(
        ThresholdFacts(fmr=fmr, threshold=None if missing else THRESHOLD, why="too few" * missing)
        for fmr in FMRS
    )
    facts = InversionFacts(
        source=source,
        access=access,
        foreign=bool(origin),
        people=PEOPLE,
        trials=1,
        learned_people=200,
        learned_photos=800,
        threshold_people=150,
        estimated="" if protection == "none" else "by a linear map",
        label_fmr=None,
        networks=tuple(
            NetworkFacts(title=one, network="deepid", backbone=BACKBONE, thresholds=thresholds)
            for one in NETWORKS
        ),
        thresholds=thresholds,
        curve=((0.001, 0.5), (0.01, 0.4), (0.1, 0.2)),
    )
    figures = [share(SOLVED, PEOPLE), Figure(QUERIES, Estimate(0, 0, 0, PEOPLE, "none"))]
    figures += [share(at_rank(1), 90), share(at_rank(5), 95)]
    beside = {RANDOM: 1, AVERAGE: 0, LOOK_ALIKE: alike, PHOTO: photo}
    figures += [share(at_rank(1, name), beside[name]) for name in REFERENCES]
    for fmr, hits in zip(FMRS, (PEOPLE, passed), strict=True):
        if missing:
            figures += [Figure(at_fmr(one, fmr), None, "too few") for one in (TYPE_I, TYPE_II)]
            continue
        figures += [
            share(at_fmr(TYPE_I, fmr), PEOPLE),
            share(at_fmr(TYPE_II, fmr), hits),
            share(at_fmr(MATCH, fmr), hits),
            share(at_fmr(OTHERS, fmr), 1, 9900),
            share(at_fmr(TRANSFER, fmr, NETWORKS[1]), elsewhere),
            points(at_fmr(OVER, fmr), hits - alike),
        ]
        for name in REFERENCES:
            figures.append(share(at_fmr(TYPE_II, fmr, name), beside[name]))
            figures.append(share(at_fmr(TRANSFER, fmr, NETWORKS[1], name), beside[name]))
            if name != PHOTO:
                figures.append(share(at_fmr(TYPE_I, fmr, name), beside[name]))
    evidence = None if scores is None else evidence_of(scores)
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures), evidence, pictures or {})


def evidence_of(scores: Mapping[str, Any]) -> Evidence:
    """Make evidence of scores with another photo by the attacked network, by photo."""
    values = np.array(list(scores.values()), dtype=np.float64)
    count = len(values)
    columns = {
        "people": np.arange(count),
        "trial": np.zeros(count, dtype=np.int64),
        "own": np.full(count, 0.9),
        "other": np.column_stack([values, values - 0.1]),
        "rank": np.where(values >= THRESHOLD, 1, 7),
    }
    return Evidence(tuple(scores), columns)


def identifier_case(
    attack: str = "gradient", passed: int = 40, *, seed: int = 0, error: str | None = None
) -> CaseRecord:
    """Make a case of an attack on an identifier; `passed` of 100 pass before the judge."""
    spec = {
        "kind": KIND,
        "part": "identifier",
        "seed": seed,
        "attack": {"attack": attack},
        "faces": {"source": "synthetic"},
        "titles": {"attack": attack, "networks": ["deepid identifier"], "judge": "deepid"},
    }
    if error is not None:
        return CaseRecord(f"identifier-{attack}", spec, error=error)
    facts = IdentifierInversionFacts(
        source="synthetic",
        access="gradients",
        system="0",
        network="deepid",
        learn="everything",
        backbone=None,
        known=30,
        people=20,
        trials=1,
        training_photos=600,
        accuracy=0.95,
        held_out=4,
        learned_people=200,
        learned_photos=800,
        threshold_people=150,
        judge="deepid",
        judge_backbone=BACKBONE,
        thresholds=tuple(ThresholdFacts(fmr=fmr, threshold=THRESHOLD) for fmr in FMRS),
    )
    figures = [share(SOLVED, 20, 20), Figure(QUERIES, Estimate(0, 0, 0, 20, "none"))]
    figures += [share(at_rank(1), 18, 20), share(found_at(1), 15, 20)]
    beside = {RANDOM: 0, AVERAGE: 0, LOOK_ALIKE: 10, PHOTO: 90, UNTRAINED: 1}
    for name, hits in beside.items():
        figures += [share(at_rank(1, name), hits // 5, 20), share(found_at(1, name), hits // 5, 20)]
        figures += [share(at_fmr(TRANSFER, fmr, JUDGE, name), hits) for fmr in FMRS]
    for fmr in FMRS:
        figures += [share(at_fmr(TRANSFER, fmr, JUDGE), passed), share(at_fmr(MATCH, fmr), passed)]
        figures += [points(at_fmr(one, fmr), passed - 10) for one in (OVER, OVER_RANDOM)]
    return CaseRecord(f"identifier-{attack}", spec, facts.as_json(), tuple(figures))
