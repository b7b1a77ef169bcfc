"""The cost of a membership section."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.common.cost import (
    Cost,
    network_flop,
    pretraining_photos,
    section_cost,
    survey_source,
)
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.registry import digest


def membership_cost(plan: MembershipPlan, seeds: Sequence[int], *, look: bool) -> Cost:
    """Return an upper bound of what the section costs; predictors are too small to count.

    Args:
        plan: the section.
        seeds: each runs everything once.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    shown, petaflop = 0, 0.0
    for backbone in plan.backbones if look else ():
        forward, whole = network_flop(backbone.network, 2)
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
    )
