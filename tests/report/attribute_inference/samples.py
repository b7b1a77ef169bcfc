"""Invented cases of attribute inference in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceaudit.metrics.classes import above
from faceaudit.records.attribute_inference import (
    AUC,
    BALANCED,
    EXCESS,
    KIND,
    TMR,
    TMR_CHANGE,
    TMR_PLAIN,
    AttemptFacts,
    AttributeFacts,
    AttributeInferenceFacts,
    at_rate,
    of_attempt,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
LABELLED = (10, 100, 1000)
KNOWN = 100


def estimate(value: float, reach: float = 0.04) -> Estimate:
    low, high = max(0.0, value - reach), min(1.0, value + reach)
    return Estimate(value, low, high, 400, "obuchowski, log odds of 100 people 95 %")


def case(
    mitigation: str = "none",
    areas: Mapping[str, float] | None = None,
    *,
    change: float | None = 0.0,
    seed: int = 0,
    source: str = "synthetic",
    trained_here: bool = True,
    error: str | None = None,
) -> CaseRecord:
    """Make a case: of each attribute the AUC of both attacks, balanced accuracy 0.05 below it."""
    areas = {"beard": 0.95, "sex": 0.9} if areas is None else areas
    attempts, figures = [], []
    for attribute, area in areas.items():
        for attack, queries in (("linear_probe", 0), ("pair_scores", 700)):
            asked = [("stored", one) for one in LABELLED]
            if mitigation == "none":
                asked += [("shuffled", 100), ("pixels", 100), ("untrained", 100)]
            for what, people in asked:
                key = f"{attribute}:{attack}:{people}:{what}"
                attempts.append(
                    AttemptFacts(
                        key=key,
                        attribute=attribute,
                        attack=attack,
                        people=people,
                        asked=what,  # type: ignore[arg-type]
                        queries=queries,
                        access="scores" if queries else "their templates",
                        knowledge="other people's <photos>",
                    )
                )
                found = 0.5 if what == "shuffled" else area - 0.1 * (people == 10)
                why = f"the attacker has {KNOWN} people" if people > KNOWN else ""
                share = None if why else estimate(max(0.5, found - 0.05))
                for metric, one in (
                    (AUC, None if why else estimate(found)),
                    (BALANCED, share),
                    (EXCESS, None if share is None else above(share, 0.5)),
                ):
                    figures.append(Figure(of_attempt(metric, key), one, why))
    rates = {TMR: 0.9 + (change or 0), TMR_PLAIN: 0.9}
    for metric, value in rates.items():
        figures.append(Figure(at_rate(metric, 0.01), estimate(value)))
    differs = None
    if change is not None:
        differs = Estimate(change, change - 0.01, change + 0.01, 300, "paired 95 %")
    figures.append(Figure(at_rate(TMR_CHANGE, 0.01), differs, "" if differs else "too few people"))
    facts = AttributeInferenceFacts(
        networks=("deepid",),
        entries=160,
        attacked_people=100,
        attacked_photos=400,
        labelled_people=KNOWN,
        owner_people=110,
        threshold_people=90,
        attributes=tuple(
            AttributeFacts(
                attribute=name,
                divides="people",
                values=("without", "with"),
                photos=(200, 200),
                people=(50, 50),
                left_out=("<odd>",),
            )
            for name in areas
        ),
        attempts=tuple(attempts),
    )
    spec = {
        "kind": KIND,
        "seed": seed,
        "faces": {"source": source},
        "fmrs": [0.01],
        "titles": {"mitigation": mitigation, "networks": ["deepid"]},
        "trained_here": trained_here,
    }
    number = f"{mitigation}-{seed}"
    if error is not None:
        return CaseRecord(number, spec, {}, (), error=error, traceback="Traceback")
    return CaseRecord(number, spec, facts.as_json(), tuple(figures))
