"""Invented cases in the shape that an audit writes; nothing was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.records.backbone_membership import (
    KIND,
    LEVELS,
    PHOTOS,
    VERIFICATION,
    Against,
    Asked,
    AttackFacts,
    BackboneMembershipFacts,
    CheckFacts,
    ListsFacts,
    TrainingFacts,
    tpr_at,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

Ends = tuple[float, float, float]
CHANCE: Ends = (0.5, 0.45, 0.55)
METHOD = "two ways over 8 trainings and 100 people, log odds 95 %"


def area(ends: Ends) -> Estimate:
    return Estimate(*ends, 100, METHOD)


def lists(against: Against, photos: Any, outcome: str = "passed") -> ListsFacts:
    failed = outcome == "failed"
    return ListsFacts(
        against=against,
        photos=photos,
        source="synthetic",
        members=50,
        others=50,
        member_photos=400,
        other_photos=400,
        outcome=outcome,
        verdict="1 check failed: a figure says nothing" if failed else "Nothing speaks against it",
        checks=(CheckFacts(name="blind baseline", passed=not failed, message="AUC <b>0.9</b>"),),
    )


def case(
    *,
    trained: Ends = CHANCE,
    held_out: Ends = CHANCE,
    untrained: Ends = CHANCE,
    recipe: str = "deepid with softmax, 30 epochs, without early stopping",
    stop: str = "never",
    outcome: str = "passed",
    others: bool = False,
    trainings: int = 8,
    error: str | None = None,
    seed: int = 0,
) -> CaseRecord:
    """Return a case whose first attack with shadows has these areas."""
    spec: Mapping[str, Any] = {
        "kind": KIND,
        "title": recipe,
        "recipe": {"stop": stop},
        "faces": {"source": "synthetic"},
        "fprs": [0.05, 0.2],
        "seed": seed,
    }
    id_ = f"{abs(hash((recipe, seed))):064x}"[:64]
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    facts = BackboneMembershipFacts(
        recipe=recipe,
        network="deepid",
        source="synthetic",
        people=100,
        photos=(8, 4),
        held_out_sessions=True,
        trainings=(TrainingFacts(id="0" * 64, epochs=30, train_loss=0.01, validation_accuracy=1.0),)
        * trainings,
        attacks=(
            AttackFacts(key="own_minus_nearest_other", access="embeddings", learns=False),
            AttackFacts(key="mint", access="gradients", learns=True),
        ),
        lists=tuple(
            [lists("same_source", photos, outcome) for photos in PHOTOS]
            + [lists("other_source", photos, "failed") for photos in PHOTOS if others]
        ),
    )
    figures = tuple(_figures(trained, held_out, untrained, others=others))
    return CaseRecord(id_, spec, facts.as_json(), figures)


def _figures(trained: Ends, held_out: Ends, untrained: Ends, *, others: bool) -> Iterator[Figure]:
    yield Figure(VERIFICATION, area((0.8, 0.78, 0.82)))
    ends = {"trained": trained, "held_out": held_out}
    against: tuple[Against, ...] = ("same_source", "other_source") if others else ("same_source",)
    for whom in against:
        for photos in PHOTOS:
            for level in LEVELS:
                yield from _of(Asked("blind", level, photos, "without", whom), CHANCE)
                for nets in ("trained", "untrained"):
                    found = ends[photos] if nets == "trained" else untrained
                    own = Asked(
                        "own_minus_nearest_other",
                        *(level, photos, "without", whom, nets),  # type: ignore[arg-type]
                    )
                    yield from _of(own, CHANCE)
                    mint = Asked("mint", level, photos, "with", whom, nets)  # type: ignore[arg-type]
                    yield from _of(mint, (0.52, 0.47, 0.57))
                    if whom == "same_source":
                        with_shadows = Asked(
                            "own_minus_nearest_other",
                            *(level, photos, "with", whom, nets),  # type: ignore[arg-type]
                        )
                        yield from _of(with_shadows, found)


def _of(asked: Asked, ends: Ends) -> Iterator[Figure]:
    yield Figure(asked.metric("auc"), area(ends))
    yield Figure(asked.metric(tpr_at(0.05)), None, "expected at least 200 non-members")
    yield Figure(asked.metric(tpr_at(0.2)), wilson(50, 100))
