"""Invented cases of linkage audits in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.linkage import (
    AS_SYSTEM,
    AS_SYSTEM_FMR,
    D_SYS,
    KIND,
    LEAKAGE,
    LINKED,
    LINKED_FMR,
    NAMED,
    TMR,
    TMR_PLAIN,
    TPIR,
    LinkageFacts,
    at_rate,
    floor_of,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
FMR, FPIR = 0.01, 0.1
KNOWLEDGE = {
    "cosine": "nothing",
    "known_key": "the keys of both databases",
    "linear_adapter": "own photos that are in both databases",
}


def case(
    linked: int | None = 90,
    *,
    attack: str = "cosine",
    protection: str = "none",
    second: str = "alike",
    photos: int = 0,
    untrained: bool = False,
    d_sys: tuple[float, float, float] = (0.95, 0.9, 0.99),
    source: str = "synthetic",
    trained_here: bool = True,
    networks: tuple[str, ...] = ("deepid",),
    seed: int = 0,
    fmr: float = FMR,
    error: str | None = None,
) -> CaseRecord:
    """Make a case: of 100 people so many are linked at a false match rate."""
    spec = {
        "kind": KIND,
        "seed": seed,
        "faces": {"source": source},
        "attack": {"attack": attack},
        "second": second,
        "keys": "none" if second == "alike" else "system",
        "photos": photos,
        "untrained": untrained,
        "fmrs": [fmr],
        "fpirs": [FPIR],
        "bins": 30,
        "titles": {"attack": attack, "protection": protection, "networks": list(networks)},
        "trained_here": trained_here,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{attack}-{protection}-{second}-{photos}-{untrained}-{seed}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    facts = LinkageFacts(
        attacked=100,
        learned=photos,
        learned_people=photos // 2,
        thresholds=200,
        gallery=200,
        strangers=80,
        non_mated=1500,
        entries=(160, 160),
        knowledge=KNOWLEDGE[attack],
    )
    share = None if linked is None else wilson(linked, 100)
    why = "" if share else "expected 100 people or more, got 9"
    floor = Estimate(0.06, 0.04, 0.09, 300, "30 bins, labels dealt at random 95 %")
    figures = (
        Figure(at_rate(LINKED, fmr), share, why),
        Figure(at_rate(LINKED_FMR, fmr), share and wilson(99, 9900), why),
        Figure(at_rate(AS_SYSTEM, fmr), share, why),
        Figure(at_rate(AS_SYSTEM_FMR, fmr), share and wilson(396, 9900), why),
        Figure(NAMED, share, why),
        Figure(at_rate(TPIR, FPIR), share and wilson((linked or 0) // 2, 100), why),
        Figure(D_SYS, Estimate(*d_sys, 300, "30 bins, bootstrap of people 95 %")),
        Figure(floor_of(D_SYS), floor),
        Figure(LEAKAGE, Estimate(0.97, 0.9, 1, 300, "30 bins, bootstrap of people 95 %")),
        Figure(floor_of(LEAKAGE), floor),
        Figure(at_rate(TMR, fmr), wilson(80, 100)),
        Figure(at_rate(TMR_PLAIN, fmr), wilson(95, 100)),
    )
    return CaseRecord(id_, spec, facts.as_json(), figures)


HELD = (0.06, 0.0, 0.1)
"""A D_sys that chance alone makes."""


def whole_audit() -> list[CaseRecord]:
    """Make an audit of one protection that holds as long as nothing of it is known."""
    key = {"protection": "biohash (bits 64)", "second": "other_key"}
    return [
        case(),
        case(1, **key, d_sys=HELD),  # type: ignore[arg-type]
        case(80, **key, attack="linear_adapter", photos=300),  # type: ignore[arg-type]
        case(88, **key, attack="known_key"),  # type: ignore[arg-type]
        case(12, untrained=True),
        case(attack="known_key", protection="<b>own</b>", second="public", error="no <key>"),
    ]
