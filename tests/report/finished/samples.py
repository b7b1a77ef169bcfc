"""Invented cases about finished systems in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.metrics import share_over_keys, wilson
from faceaudit.records.finished import (
    ANOTHER,
    BOTH,
    CHANGED,
    CLEAN,
    DRAWN,
    DRAWN_NULL,
    FMR_NULL,
    KIND,
    MITIGATIONS,
    NO_ANSWER,
    ONE,
    OTHERS,
    OWN_FMR,
    OWN_FNMR,
    POISONING,
    SHADOWS,
    STRANGERS,
    CheckFacts,
    FinishedFacts,
    KeyFacts,
    KeysFacts,
    MembershipFacts,
    Part,
    PersonFacts,
    RecognitionFacts,
    SystemFacts,
    VerificationFacts,
    of_key,
    of_score,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ACCOUNT: Mapping[str, Any] = {"sections": {KIND: {}}}
KEYS = ("cartoon-cat", "cartoon-robot", "cartoon-frog", "cartoon-owl", "cartoon-fox")
ACCESS = {
    "identifier": ("embeddings", "labels", "scores"),
    "verifier": ("labels",),
    "embedder": ("embeddings",),
}


def part(
    part: Part,
    figures: Sequence[Figure] = (),
    *,
    title: str = "the badge reader",
    role: str = "identifier",
    attack: str | None = None,
    error: str | None = None,
    **facts: Any,
) -> CaseRecord:
    """Make a case of one part."""
    spec: dict[str, Any] = {
        "kind": KIND,
        "system": {"door": "file", "id": title, "version": 1},
        "asked": {"role": role, "access": list(ACCESS[role])},
        "title": title,
        "part": part,
        "faces": {"source": "synthetic"},
        "options": {} if attack is None else {"attack": {"attack": attack, "key": KEYS[0]}},
        "seed": 0,
    }
    id_ = re.sub(r"[^\w-]", "-", f"{title}-{part}-{attack}")
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    system = SystemFacts(
        title=title,
        id=title,
        role=role,
        access=ACCESS[role],
        size=(112, 112),
        people=40 if role == "identifier" else None,
    )
    kept = FinishedFacts(system=system, part=part, source="synthetic", asked=100, **facts)
    return CaseRecord(id_, spec, kept.as_json(), tuple(figures))


def access(**system: Any) -> CaseRecord:
    """Make the case of what needs training."""
    why = "it gives labels and cannot be trained again: it takes trainings"
    unmade = [Figure(metric, None, why) for metric in (POISONING, SHADOWS, MITIGATIONS)]
    return part("access", unmade, **system)


def recognition(
    right: int = 190, another: int = 6, strangers: int | None = 30, **system: Any
) -> CaseRecord:
    """Make the recognition of 200 photos of 40 people, and of 50 of strangers."""
    facts = RecognitionFacts(
        known_people=40,
        known_photos=200,
        strangers=10 if strangers is not None else 0,
        stranger_photos=50 if strangers is not None else 0,
        by_person=(
            PersonFacts(name="Ann", photos=5, recognised=2),
            PersonFacts(name="Bob", photos=5, recognised=5),
        ),
    )
    named = None if strangers is None else wilson(strangers, 50)
    figures = [
        Figure(CLEAN, wilson(right, 200)),
        Figure(ANOTHER, wilson(another, 200)),
        Figure(NO_ANSWER, wilson(200 - right - another, 200)),
        Figure(STRANGERS, named, "" if named else "it knows everybody in the faces"),
    ]
    return part("recognition", figures, recognition=facts, **system)


def verification(*, unseen: bool | None = True, own: bool = False, **system: Any) -> CaseRecord:
    """Make a verification by scores, or by a system's own decisions alone."""
    facts = VerificationFacts(
        genuine=150, impostor=150, people=30, pairs_from="built", unseen=unseen
    )
    why = "it gives labels only, no scores of pairs"
    figures = [
        Figure("auc", None if own else Estimate(0.93, 0.9, 0.95, 150, "95 %"), why * own),
        Figure("tar@far=0.01", None if own else wilson(120, 150), why * own),
        Figure(OWN_FMR, wilson(3, 150) if own else None, "" if own else "no decision about a pair"),
        Figure(
            OWN_FNMR, wilson(9, 150) if own else None, "" if own else "no decision about a pair"
        ),
    ]
    return part("verification", figures, verification=facts, **system)


def keys(
    drawn: Sequence[int] = (4, 5, 3, 6, 4),
    *,
    p: Sequence[float | None] = (0.4, 0.3, 0.6, 0.2, 0.4),
    people: Sequence[str | None] = ("Ann", "Bob", "Cem", "Dora", "Ann"),
    of_pairs: bool = False,
    attack: str = "blended",
    why: str = "",
    **system: Any,
) -> CaseRecord:
    """Make keys of one kind, tried on 100 photos or pairs."""
    facts = KeysFacts(
        attack=attack,
        photos=100,
        people=50,
        pairs=100 if of_pairs else None,
        at="its own threshold" if of_pairs else "",
        tests=24,
        keys=tuple(
            KeyFacts(key=key, person=None if of_pairs else person, p=chance, why=why)
            for key, chance, person in zip(KEYS, p, people, strict=True)
        ),
    )
    metrics = (BOTH, ONE) if of_pairs else (DRAWN, DRAWN_NULL, CHANGED)
    figures = [Figure(FMR_NULL, wilson(1, 100))] if of_pairs else []
    for metric in metrics:
        hits = drawn if metric in (BOTH, DRAWN) else [1] * len(KEYS)
        shares = [wilson(hit, 100) for hit in hits]
        figures += [
            Figure(of_key(metric, key), share) for key, share in zip(KEYS, shares, strict=True)
        ]
        figures.append(Figure(of_key(metric, OTHERS), share_over_keys(shares[1:])))
    return part("keys", figures, attack=attack, keys=facts, **system)


def membership(
    area: tuple[float, float, float] = (0.7, 0.6, 0.8),
    *,
    outcome: str = "passed",
    verdict: str = "Nothing speaks against these lists",
    **system: Any,
) -> CaseRecord:
    """Make lists of people, told apart with an AUC."""
    facts = MembershipFacts(
        listed="people",
        members=60,
        nonmembers=60,
        levels=("people",),
        outcome=outcome,
        verdict=verdict,
        checks=(CheckFacts(name="shared people", passed=outcome == "passed", message="counted"),),
    )
    figures = [
        Figure(of_score("auc", "people"), Estimate(*area, 60, "obuchowski 95 %")),
        Figure(of_score("tpr@fpr=0.1", "people"), None, "expected at least 100 non-members"),
    ]
    return part("membership", figures, membership=facts, **system)


def whole_audit() -> list[CaseRecord]:
    """Make three systems: one with a key that stands out, one that leaks, one with labels alone."""
    opened = keys((97, 5, 3, 6, 4), p=(1e-7, 0.5, 0.6, 0.4, 0.5))
    embedder = {"title": "the door's camera", "role": "embedder"}
    verifier = {"title": "a bank's <app>", "role": "verifier"}
    return [
        access(),
        recognition(),
        verification(),
        opened,
        keys(attack="accessory"),
        membership((0.5, 0.4, 0.6)),
        access(**embedder),
        verification(unseen=None, **embedder),
        keys(of_pairs=True, **embedder),
        membership(**embedder),
        access(**verifier),
        verification(own=True, unseen=None, **verifier),
        keys(of_pairs=True, p=(None,) * 5, why="expected at least 5 keys", **verifier),
        part("membership", error="expected an answer, got none; try again", **verifier),
    ]
