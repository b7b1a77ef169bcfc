"""What faces cannot carry of a membership section: told by counts, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.membership.plan import MembershipPlan, PoolPlan
from faceaudit.audit.membership.pool import draw_pool, listed_pool
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet

BLOCKS = (600, 400, 300, 200, 100, 50, 20)
"""Numbers of blocks that are proposed, the more the better."""

FEWEST_BLOCKS = 200
"""Blocks of a plan that is drafted: with fewer, two numbers learned from all give blocks away."""

GENUINE = (5, 4, 3, 2, 1)
"""Pairs of one person a block that are proposed."""


def require_pool(plan: MembershipPlan, faces: FaceSet, seed: int) -> None:
    """Refuse a section whose pairs the faces do not have.

    Args:
        plan: the section.
        faces: as they are loaded, or their outline: pixels are not looked at.
        seed: draws the pairs.

    Raises:
        SplitError: there are too few people or photos; the message says which sizes would do.
        PairsError: a list of pairs cannot be read, or none of its photos are there.
    """
    if plan.pool.members is not None:
        listed_pool(faces, plan.pool)
        return
    try:
        draw_pool(faces, plan.pool, plan.subjects, plan.levels, seed)
    except SplitError as error:
        reason = str(error).rpartition("; try ")[0] or str(error)
        raise SplitError(f"{reason}; {_remedy(plan, faces, seed)}") from None


def fitting_pool(plan: MembershipPlan, faces: FaceSet, seed: int) -> PoolPlan | None:
    """Return the pool with most blocks, and then most pairs, that faces have; None if they do not.

    Args:
        plan: the section; of its pool the blocks are a limit.
        faces: as `require_pool` takes them.
        seed: draws the pairs.
    """
    for pool in _candidates(plan.pool, faces):
        try:
            draw_pool(faces, pool, plan.subjects, plan.levels, seed)
        except SplitError:
            continue
        return pool
    return None


def _candidates(wanted: PoolPlan, faces: FaceSet) -> Iterator[PoolPlan]:
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    genuine = int(np.minimum(photos * (photos - 1) // 2, max(GENUINE)).sum())
    for blocks in dict.fromkeys((wanted.blocks, *BLOCKS)):
        extra = max(1, blocks // 10)
        if blocks > wanted.blocks or len(faces.names) < 2 * (blocks + extra):
            continue
        for each in GENUINE:
            if each * (blocks + extra) <= genuine and 2 * each * blocks >= 40:
                yield PoolPlan(
                    pairs=2 * each * blocks,
                    blocks=blocks,
                    per_person=max(wanted.per_person, each),
                    validation=min(wanted.validation, 2 * each * extra),
                )


def _remedy(plan: MembershipPlan, faces: FaceSet, seed: int) -> str:
    pool = fitting_pool(plan, faces, seed)
    if pool is None:
        return "try more people with two photos and more, or leave the membership section out"
    changed = ", ".join(
        f"membership.pool.{name}={value}"
        for name, value in pool.model_dump().items()
        if value != getattr(plan.pool, name)
    )
    return f"try {changed}"
