"""The membership section of a drafted plan: pairs that the people are enough for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceaudit.audit.drafting.starting_point import StartingPoint
from faceaudit.audit.membership.obstacles import FEWEST_BLOCKS, fitting_pool
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.types import FaceSet

FEWEST_PEOPLE = 2 * (FEWEST_BLOCKS + FEWEST_BLOCKS // 10)
"""People of a membership section: two in each block, and in each block of validation."""

MITIGATIONS = ("none", "distance_threshold")
ATTACKS = ("loss", {"attack": "black_box", "folds": 2}, "lira", "rmia")


@dataclass(frozen=True)
class MembershipDraft:
    """A membership section and why it is as it is.

    Attributes:
        values: as a plan spells the section; empty where the photos carry none.
        why_none: why they do not.
        why: the reason of the pool.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    why_none: str = ""
    why: str = ""


def draft_membership(
    source: Mapping[str, Any], faces: FaceSet, start: StartingPoint, *, seeds: Sequence[int]
) -> MembershipDraft:
    """Return the membership section that suits faces.

    Args:
        source: where they come from, as a plan spells it.
        faces: their outline: pixels are not looked at.
        start: the network that embeds them.
        seeds: of the plan.
    """
    people = len(faces.names)
    if people < FEWEST_PEOPLE:
        return MembershipDraft(why_none=f"{FEWEST_PEOPLE} people are the fewest, here are {people}")
    plan = MembershipPlan(
        faces=source, backbones=(start.values,), mitigations=MITIGATIONS, attacks=ATTACKS
    )
    pools = [fitting_pool(plan, faces, seed) for seed in seeds]
    fitting = [pool for pool in pools if pool is not None and pool.blocks >= FEWEST_BLOCKS]
    if len(fitting) < len(seeds):
        several = int((np.bincount(faces.identity) > 1).sum())
        return MembershipDraft(
            why_none=f"each of {FEWEST_BLOCKS + FEWEST_BLOCKS // 10} groups of people needs a pair "
            f"of photos of one person; {several} people have two photos here"
        )
    pool = min(fitting, key=lambda one: (one.blocks, one.pairs))
    sizes = pool.model_dump(exclude_none=True)
    return MembershipDraft(
        {
            "backbones": [dict(start.values)],
            "pool": sizes,
            "mitigations": list(MITIGATIONS),
            "attacks": list(ATTACKS),
        },
        why=f"{people:,} people are enough for {pool.blocks} blocks; half of them teach a verifier",
    )
