"""Invented cases of evasion audits in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.evasion import BARE, KIND, NOISE, SUCCESS, TMR, EvasionFacts, evaded_at
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
FMR = 0.01


def case(
    evaded: int | None = 90,
    *,
    attack: str = "pgd",
    goal: str = "impersonate",
    mitigation: str = "none",
    aware: bool = False,
    made_on: int = 1,
    elsewhere: int = 20,
    noise: int = 2,
    seed: int = 0,
    fmr: float = FMR,
    error: str | None = None,
) -> CaseRecord:
    """Make a case: of 100 photos so many evade the network that they were changed on."""
    spec = {
        "kind": KIND,
        "seed": seed,
        "faces": {"source": "synthetic"},
        "attack": {"attack": attack},
        "goal": goal,
        "mitigation": {"mitigation": mitigation},
        "made_on": made_on,
        "aware": aware,
        "fmrs": [fmr],
        "titles": {"attack": attack, "mitigation": mitigation, "networks": ["deepid", "other"]},
        "trained_here": True,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{attack}-{goal}-{mitigation}-{aware}-{made_on}-{seed}-{fmr}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    joined = mitigation == "agreement"
    systems = ("deepid + other",) if joined else ("deepid", "other")
    facts = EvasionFacts(
        photos=100,
        thresholds=60,
        systems=systems,
        made_on=("deepid", "other")[:made_on],
        aimed=fmr,
        moved=5.5,
    )
    why = "" if evaded is not None else "expected 100 people or more, got 9"
    figures = []
    for on in systems:
        own = evaded if on == systems[0] else elsewhere
        known = evaded is not None
        each = ((SUCCESS, own), (NOISE, noise), (BARE, 1), (TMR, 85 if joined else 95))
        for metric, hits in each:
            share = wilson(hits or 0, 100) if known else None
            figures.append(Figure(evaded_at(metric, fmr, on), share, why))
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures))


def whole_audit() -> list[CaseRecord]:
    """Make an audit in which agreement helps against whoever does not know of it."""
    return [
        case(),
        case(4, attack="mi_fgsm"),
        case(10, mitigation="agreement"),
        case(70, mitigation="agreement", aware=True, made_on=2),
        case(99, goal="dodge"),
        case(goal="dodge", mitigation="jpeg", error="no <b>photo</b>"),
    ]
