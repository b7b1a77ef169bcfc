"""Invented cases of enrolment audits in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.enrolment import (
    ADAPTED,
    BARE,
    CLEAN,
    FMR,
    KIND,
    LOCKED_OUT,
    NOT_FOUND,
    OWN,
    OWN_CLEAN,
    PASSED,
    PHOTOS,
    REFUSED,
    REFUSED_CLEAN,
    REFUSED_GLASSES,
    TAKEN_OVER,
    TAKEN_OVER_BARE,
    WRONG,
    EnrolmentFacts,
    MitigationFacts,
    NetworkFacts,
    at,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
RATE = 0.01
NETWORKS = ("deepid", "facenet")
CHECK = "agreement_with_photos"


def case(
    passed: tuple[int, int] | None = (95, 80),
    *,
    attack: str = "optimised_glasses",
    checked: int = 4,
    hand: int = 1,
    seed: int = 0,
    source: str = "synthetic",
    thresholds: tuple[float | None, ...] = (0.4, 0.4),
    real: int = 1,
    bare: int = 0,
    error: str | None = None,
) -> CaseRecord:
    """Make a case: so many of 100 tries pass on either network, and under the check."""
    titles = {"attack": attack, "networks": list(NETWORKS)}
    spec = {
        "kind": KIND,
        "seed": seed,
        "faces": {"source": source},
        "attack": {"attack": attack},
        "fmrs": [RATE],
        "titles": titles,
        "trained_here": True,
    }
    id_ = f"{attack}-{seed}-{passed}".replace("(", "").replace(")", "").replace(", ", "-")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    drift = attack == "template_update_drift"
    facts = EnrolmentFacts(
        source=source,
        knowledge="networks with their gradients",
        targets=20,
        strangers=50,
        donors=30,
        thresholds=60,
        clean=70,
        before=True,
        wrong=3,
        networks=tuple(_network(number, hand, thresholds[number]) for number in range(2)),
        mitigations=()
        if drift
        else (
            MitigationFacts(title="none", name="none", adaptive=False),
            MitigationFacts(title=CHECK, name=CHECK, adaptive=attack == "faithful_glasses"),
        ),
    )
    figures = tuple(_drift(bare)) if drift else tuple(_keyed(passed, checked, real))
    return CaseRecord(id_, spec, facts.as_json(), figures)


def _network(number: int, hand: int, threshold: float | None) -> NetworkFacts:
    return NetworkFacts(
        title=NETWORKS[number],
        network=NETWORKS[number],
        backbone=None,
        in_hand=number < hand,
        thresholds=((RATE, threshold, ""),),
    )


def _keyed(passed: tuple[int, int] | None, checked: int, real: int) -> list[Figure]:
    found = []
    for number, network in enumerate(NETWORKS):
        for mitigation in ("none", CHECK):
            hits = checked if mitigation == CHECK else None if passed is None else passed[number]
            share = None if hits is None else wilson(hits, 100)
            values = {
                PASSED: share,
                CLEAN: wilson(1, 100),
                BARE: wilson(2, 100),
                FMR: wilson(real, 100),
                WRONG: wilson(3, 100),
                OWN: wilson(5, 20),
                OWN_CLEAN: wilson(19, 20),
                REFUSED: wilson(18 if mitigation == CHECK else 0, 20),
                REFUSED_CLEAN: wilson(2 if mitigation == CHECK else 0, 70),
                REFUSED_GLASSES: wilson(6 if mitigation == CHECK else 0, 70),
            }
            found += [
                Figure(at(name, RATE, network, mitigation), one, "" if one else "too few people")
                for name, one in values.items()
            ]
    return [*found, Figure(NOT_FOUND, wilson(1, 70))]


def _drift(bare: int) -> list[Figure]:
    values = {
        TAKEN_OVER: wilson(15, 20),
        TAKEN_OVER_BARE: wilson(bare, 20),
        LOCKED_OUT: wilson(4, 20),
        OWN_CLEAN: wilson(19, 20),
        PHOTOS: Estimate(9.5, 8.0, 11.0, 15, "student 95 %"),
    }
    rule = f"{ADAPTED} growing"
    return [Figure(at(name, RATE, NETWORKS[0], rule), one) for name, one in values.items()]


def whole_audit() -> list[CaseRecord]:
    """Make an audit of two keys, one of them against the check, and of drift; one case failed."""
    return [
        case(),
        case((60, 30), attack="faithful_glasses", checked=40, hand=2),
        case(attack="template_update_drift", hand=0),
        case(attack="sticker", error="no <face>"),
    ]
