"""Pairs that faces do not have are refused beforehand, with a pool that they have."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from faceaudit.audit.membership.obstacles import fitting_pool, require_pool
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.errors import SplitError
from helpers.faces import blocks

POOL = {"pairs": 2000, "blocks": 200, "validation": 200}


def plan(pool: dict[str, Any]) -> MembershipPlan:
    backbone = {"network": "deepid", "weights": "none.pt"}
    return MembershipPlan(faces="synthetic", backbones=(backbone,), pool=pool)


@pytest.mark.parametrize(("people", "there"), [(440, True), (439, False)])
def test_two_people_a_block_are_needed(people: int, there: bool) -> None:
    faces = blocks(people=people, photos=5, size=(1, 1))
    if there:
        require_pool(plan(POOL), faces, 0)
        assert fitting_pool(plan(POOL), faces, 0).model_dump() == {  # type: ignore[union-attr]
            **plan(POOL).pool.model_dump(),
            "validation": 200,
        }
        return
    with pytest.raises(SplitError) as refused:
        require_pool(plan(POOL), faces, 0)
    said = str(refused.value)
    assert said.startswith("expected at least two people for each of 200 blocks and 20 of")
    changes = dict(re.findall(r"membership\.pool\.(\w+)=(\d+)", said))
    assert changes["blocks"] == "100"
    require_pool(plan({**POOL, **{name: int(value) for name, value in changes.items()}}), faces, 0)


def test_people_with_one_photo_carry_no_pairs() -> None:
    faces = blocks(people=600, photos=1, size=(1, 1))
    assert fitting_pool(plan(POOL), faces, 0) is None
    with pytest.raises(SplitError, match="try more people with two photos and more, or leave"):
        require_pool(plan(POOL), faces, 0)


def test_fewer_pairs_are_proposed_before_fewer_blocks() -> None:
    faces = blocks(people=440, photos=2, size=(1, 1))  # one pair of each: two a block
    pool = fitting_pool(plan(POOL), faces, 0)
    assert pool is not None
    assert (pool.blocks, pool.pairs) == (200, 800)
    counts = np.bincount(faces.identity)
    assert pool.pairs // 2 + pool.validation // 2 <= int((counts * (counts - 1) // 2).sum())
