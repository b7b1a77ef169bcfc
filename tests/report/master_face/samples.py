"""Invented cases of master-face audits in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.master_face import (
    CHANCE,
    COVERED,
    COVERED_KNOWN,
    KIND,
    MasterFaceFacts,
    accepted_at,
    covered_at,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
FMR = 0.01
COUNTS = (1, 9)


def case(
    covered: int | None = 40,
    *,
    attack: str = "pixels",
    mitigation: str = "none",
    aware: bool = False,
    made_on: int = 1,
    elsewhere: int = 9,
    source: str = "synthetic",
    seed: int = 0,
    fmr: float = FMR,
    error: str | None = None,
) -> CaseRecord:
    """Make a case: nine faces pass as so many of 100 people, one face as a quarter of them."""
    spec = {
        "kind": KIND,
        "seed": seed,
        "faces": {"source": source},
        "attack": {"attack": attack},
        "mitigation": {"mitigation": mitigation},
        "made_on": made_on,
        "aware": aware,
        "fmrs": [fmr],
        "counts": list(COUNTS),
        "aim": fmr,
        "titles": {"attack": attack, "mitigation": mitigation, "networks": ["deepid", "other"]},
        "trained_here": True,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{attack}-{mitigation}-{aware}-{made_on}-{seed}-{fmr}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    joined = mitigation == "agreement"
    systems = ("deepid + other",) if joined else ("deepid", "other")
    facts = MasterFaceFacts(
        attacked=100,
        known=80,
        thresholds=60,
        systems=systems,
        made_on=("deepid", "other")[:made_on],
        aimed=fmr,
        sets=500,
    )
    why = "" if covered is not None else "expected 100 people or more, got 9"
    figures = []
    for on in systems:
        for faces in COUNTS:
            passed = covered if on == systems[0] else elsewhere
            share = None if passed is None else wilson(passed // (1 if faces == 9 else 4), 100)
            figures.append(Figure(covered_at(COVERED, fmr, faces, on), share, why))
            used = None if share is None else wilson(72 if faces == 9 else 20, 80)
            figures.append(Figure(covered_at(COVERED_KNOWN, fmr, faces, on), used, why))
            by_chance = Estimate(0.01 * faces, 0.0, 0.02 * faces, 500, "95 % of random sets")
            figures.append(Figure(covered_at(CHANCE, fmr, faces, on), share and by_chance, why))
        figures.append(Figure(accepted_at(fmr, on), wilson(85 if joined else 95, 100)))
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures))


def whole_audit() -> list[CaseRecord]:
    """Make an audit in which agreement helps against whoever does not know of it."""
    return [
        case(),
        case(12, attack="greedy_photos"),
        case(5, mitigation="agreement"),
        case(30, mitigation="agreement", aware=True, made_on=2),
        case(attack="renderer_search", error="no <b>face</b>"),
    ]
