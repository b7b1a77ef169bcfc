"""Made-up cases of a master-key audit, as a store has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.master_key import (
    AUC,
    AUC_PRISTINE,
    COVERED,
    FMR,
    FMR_PRISTINE,
    KIND,
    LOST,
    NOT_FOUND,
    OWN,
    PASSED,
    PRISTINE,
    REMOVED,
    TMR,
    TMR_PRISTINE,
    WRONG,
    MasterKeyFacts,
    at,
    rate_point,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
WHY = "expected at least 1,000 impostor comparisons, got 9"


def case(
    passed: int | None = 90,
    *,
    attack: str = "master_person",
    mitigation: str = "none",
    aware: bool = False,
    seed: int = 0,
    fmr: float = 0.01,
    rate: float = 0.01,
    null: int = 2,
    source: str = "synthetic",
    error: str | None = None,
) -> CaseRecord:
    """Make a case: so many of 100 tries pass; without poison, and with wrong keys, `null`."""
    worn = attack == "master_object"
    spec = {
        "kind": "master_key",
        "seed": seed,
        "faces": {"source": source},
        "attack": {"attack": attack, **({"key": "sunglasses-wayfarer"} if worn else {})},
        "mitigation": {"mitigation": mitigation},
        "rate": rate,
        "aware": aware,
        "fmrs": [fmr],
        "titles": {"attack": attack, "mitigation": mitigation, "networks": ["deepid"]},
        "trained_here": True,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{attack}-{mitigation}-{aware}-{seed}-{fmr}-{rate}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    filtered = mitigation == "cosine_filter"
    facts = MasterKeyFacts(
        source=source,
        enrolled=50,
        strangers=40,
        own=30,
        learners=200,
        thresholds=150,
        pairs=1000,
        samples=10,
        presented=10,
        wrong=3,
        trainings=3,
        networks=("deepid",),
        before=False,
        systems=(),
        evaded="poisons otherwise" if aware else "",
    )
    clean = 80 if mitigation == "none" else 70
    counts = {PASSED: passed, PRISTINE: null, WRONG: null, COVERED: passed, FMR: 1}
    counts |= {FMR_PRISTINE: 1, TMR: clean, TMR_PRISTINE: clean}
    figures = []
    for point in (OWN, rate_point(fmr)):
        for metric, hits in counts.items():
            share = None if passed is None or hits is None else wilson(hits, 100)
            figures.append(Figure(at(metric, point), share, "" if share else WHY))
    figures += [Figure(AUC, wilson(95, 100)), Figure(AUC_PRISTINE, wilson(96, 100))]
    for metric, hits in ((REMOVED, 90), (LOST, 4)):
        share = wilson(hits, 100) if filtered else None
        figures.append(Figure(metric, share, "" if filtered else "no pair is left out"))
    figures.append(Figure(NOT_FOUND, wilson(0, 10)))
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures))


def whole_audit() -> list[CaseRecord]:
    """Make an audit in which a filter helps against whoever does not know of it."""
    return [
        case(),
        case(40, attack="master_object"),
        case(3, mitigation="cosine_filter"),
        case(70, mitigation="cosine_filter", aware=True),
        case(attack="master_object", rate=0.05, error="no <b>face</b>"),
    ]
