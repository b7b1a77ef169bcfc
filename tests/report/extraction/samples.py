"""Invented cases of extraction in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.extraction import (
    AGREEMENT,
    COPIED,
    COPY_RIGHT,
    IMPERSONATION,
    IMPERSONATION_CEILING,
    IMPERSONATION_COPY,
    IMPERSONATION_NOISE,
    IMPERSONATION_UNCHANGED,
    INVERSION,
    INVERSION_LOOKALIKE,
    INVERSION_NULL,
    KIND,
    NULL,
    OVER_PRIOR,
    OVER_TRUTH,
    PRIOR,
    TRUTH,
    VICTIM_RIGHT,
    ExtractionFacts,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCESS = {"knockoff": "scores", "copycat": "labels", "student": "embeddings"}


def case(
    agrees: int = 60,
    *,
    truth: int | None = None,
    victim: str = "identifier",
    attack: str = "knockoff",
    budget: int = 100,
    asked: str = "others",
    decimals: int | None = None,
    impersonates: int | None = None,
    inverts: int | None = None,
    source: str = "synthetic",
    null: int = 9,
    noise: int = 1,
    prior: int | None = 10,
    fmr: float | None = None,
    seed: int = 0,
    error: str | None = None,
) -> CaseRecord:
    """Return a case whose copy agrees in so many of 100, where the prior has 10."""
    spec: dict[str, Any] = {
        "kind": KIND,
        "faces": {"source": source},
        "role": victim,
        "system": "deepid",
        "asked": asked,
        "attack": {"attack": attack, "policy": "random"},
        "budget": budget,
        "decimals": decimals,
        "seed": seed,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{victim}-{attack}-{budget}-{asked}-{decimals}-{seed}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    facts = ExtractionFacts(
        victim=victim,  # type: ignore[arg-type]
        system="deepid",
        system_id="0123456789abcdef",
        source=source,
        attack=attack,
        access=ACCESS[attack],
        knowledge="photos of other people",
        asked=asked,
        unit="pairs" if victim == "verifier" else "photos",
        budget=budget,
        queries=budget,
        decimals=decimals,
        learner="deepid",
        copy_id="fedcba",
        held_out=100,
        people=10,
        null="a network that nobody trained",
        targets=None if impersonates is None and inverts is None else 10,
        fmr=fmr,
        demonstration=source == "synthetic",
    )
    figures = [
        share(AGREEMENT, agrees),
        share(PRIOR, 10),
        share(NULL, null),
        points(OVER_PRIOR, agrees - 10),
        Figure(COPIED, None, "it decides the same of everything")
        if prior is None
        else points(COPIED, round((agrees - prior) / (1 - prior / 100))),
        share(COPY_RIGHT, agrees),
        share(VICTIM_RIGHT, 95),
    ]
    if truth is None:
        figures += [Figure(one, None, "nobody is known") for one in (TRUTH, OVER_TRUTH)]
    else:
        figures += [share(TRUTH, truth), points(OVER_TRUTH, agrees - truth)]
    if impersonates is not None:
        figures += [share(IMPERSONATION, impersonates), share(IMPERSONATION_UNCHANGED, 1)]
        figures += [share(IMPERSONATION_COPY, 90), share(IMPERSONATION_NOISE, noise)]
        figures += [share(IMPERSONATION_CEILING, 95)]
    if inverts is not None:
        figures += [share(INVERSION, inverts), share(INVERSION_NULL, 10)]
        figures += [share(INVERSION_LOOKALIKE, 30)]
    return CaseRecord(id_, spec, facts.as_json(), tuple(figures))


def share(metric: str, hits: int) -> Figure:
    return Figure(metric, wilson(hits, 100))


def points(metric: str, value: int) -> Figure:
    middle = value / 100
    return Figure(
        metric, Estimate(middle, middle - 0.08, min(1, middle + 0.08), 100, "paired 95 %")
    )


def audit() -> list[CaseRecord]:
    """Return an identifier asked about two kinds of photos, and a predictor."""
    return [
        case(30, budget=100),
        case(70, budget=1000, impersonates=40, inverts=60),
        case(20, attack="copycat", budget=100),
        case(35, attack="copycat", budget=1000, impersonates=2, inverts=15),
        case(80, asked="enrolled", budget=100, truth=79),
        case(90, asked="enrolled", budget=1000, truth=70),
        case(85, victim="verifier", budget=100, truth=60),
        case(95, victim="verifier", budget=1000, truth=80),
    ]
