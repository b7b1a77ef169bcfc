"""The cost of a membership section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.common.cost import (
    Cost,
    looks_for_faces,
    network_flop,
    pretraining_photos,
    section_cost,
    survey_source,
)
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.workload import Work, loading, pretraining_work
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.registry import digest

FEW_EPOCHS = 1
"""Epochs that learning a threshold takes as long as."""

STRATEGIES = 3
"""Times that attacks on verifiers with several backbones take longer."""


def membership_cost(plan: MembershipPlan, seeds: Sequence[int], *, look: bool) -> Cost:
    """Return an upper bound of what the section costs; predictors are too small to count.

    Args:
        plan: the section.
        seeds: each runs everything once.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    shown, embedded, petaflop = 0, 0, 0.0
    for backbone in plan.backbones if look else ():
        forward, whole = network_flop(backbone.network, 2)
        embedded += survey.photos or 0
        petaflop += (survey.photos or 0) * forward / 1e15
        more, missing_more = pretraining_photos(backbone)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    trained = {digest(mitigation.trained_as()) for mitigation in plan.mitigations}
    return section_cost(
        survey,
        sizes={backbone.network.size for backbone in plan.backbones},
        cases=len(seeds) * len(plan.mitigations),
        trainings=len(seeds) * len(trained) * plan.verifiers,
        training_photos=shown,
        petaflop=petaflop,
        missing=missing,
        embeddings=embedded,
        detects=looks_for_faces(plan.faces),
    )


def membership_work(plan: MembershipPlan, seeds: Sequence[int]) -> Iterator[Work]:
    """Yield the work of the section by kind.

    The work on verifiers is counted in pairs that a dense network learns from once. An attack on a
    target takes about as long for each pair of the pool, and three times that where verifiers have
    several backbones, each with query strategies of its own: measured on the default plan.

    Raises:
        SourceError: the photos cannot be counted.
    """
    photos = survey_of(plan.faces).photos or 0
    yield from loading(plan.faces, [backbone.network.size for backbone in plan.backbones])
    for backbone in plan.backbones:
        yield from pretraining_work(backbone)
        yield Work("embed", photos, network=backbone.network)
    yield Work("verifiers", len(seeds) * (_learning(plan) + _attacking(plan)))


def _learning(plan: MembershipPlan) -> float:
    """Return the pairs that all verifiers learn from under one seed, those of all epochs."""
    trained = {digest(one.trained_as()): one for one in plan.mitigations}
    epochs = float(plan.predictor.model_dump().get("epochs", FEW_EPOCHS))
    each = plan.verifiers * plan.pool.pairs / 2
    total = 0.0
    for mitigation in trained.values():
        options = mitigation.model_dump()
        models = max(int(options.get(name, 1)) for name in ("models", "parts"))
        total += each * (FEW_EPOCHS if "threshold" in mitigation.name else models * epochs)
    return total


def _attacking(plan: MembershipPlan) -> float:
    """Return the pairs that all attacks under one seed ask about."""
    each = plan.attacked * plan.pool.pairs * len(plan.attacks)
    return float(sum(each * (STRATEGIES if one.several else 1) for one in plan.mitigations))
