"""Pools: no person in two blocks, as many pairs of each kind, halves that share nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.audit.membership.plan import PoolPlan, SubjectsPlan
from faceaudit.audit.membership.pool import Pool, draw_pool, listed_pool
from faceaudit.errors import OptionError, SplitError
from faceaudit.types import FaceSet


def made(people: int, photos: int) -> FaceSet:
    """People with as many photos each, and a few with one only."""
    who = np.concatenate([np.repeat(np.arange(people), photos), np.arange(people, people + 30)])
    return FaceSet(
        np.zeros((len(who), 1, 1, 3), np.uint8),
        who,
        tuple(f"person-{number:04d}" for number in range(people + 30)),
        tuple(f"person-{one:04d}/{row:05d}.png" for row, one in enumerate(who)),
        np.arange(len(who)),
    )


FACES = made(120, 4)
PLAN = PoolPlan(pairs=240, blocks=24, per_person=4, validation=40)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return draw_pool(
        FACES, PLAN, SubjectsPlan(count=50, queries=3), ("pair", "photo", "identity"), 5
    )


def test_every_block_has_as_many_pairs_of_each_kind(pool: Pool) -> None:
    some = slice(pool.candidates)
    assert pool.candidates == 240
    for block in range(24):
        there = pool.block[some] == block
        assert there.sum() == 10
        assert pool.same[some][there].sum() == 5
    assert len(pool.validation) == 40
    assert (pool.block[pool.validation] >= 24).all()


def test_nobody_is_in_two_blocks(pool: Pool) -> None:
    blocks: dict[int, set[int]] = {}
    for side in (pool.first, pool.second):
        for row, block in zip(side.tolist(), pool.block.tolist(), strict=True):
            blocks.setdefault(int(FACES.identity[row]), set()).add(block)
    assert all(len(found) == 1 for found in blocks.values())
    truth = FACES.identity[pool.first] == FACES.identity[pool.second]
    np.testing.assert_array_equal(truth, pool.same)
    assert (pool.first != pool.second).all()


def test_halves_share_no_pair_photo_or_person(pool: Pool) -> None:
    inside = pool.members_of(8, 0)[:, : pool.candidates]
    assert (inside.sum(axis=1) == 120).all()
    for mine in inside:
        sides = [
            {*pool.first[: pool.candidates][rows], *pool.second[: pool.candidates][rows]}
            for rows in (mine, ~mine)
        ]
        assert not sides[0] & sides[1]
        people = [{int(FACES.identity[row]) for row in side} for side in sides]
        assert not people[0] & people[1]
    assert len({row.tobytes() for row in inside}) == 8


def test_subjects_are_asked_about_within_their_block(pool: Pool) -> None:
    for level in ("photo", "identity"):
        subjects = pool.subjects[level]
        assert len(subjects.ids) == 50
        assert len(set(subjects.ids)) == 50
        assert (np.bincount(subjects.subject) == 12).all()
        np.testing.assert_array_equal(pool.block[subjects.rows], subjects.block[subjects.subject])
        assert pool.same[subjects.rows].sum() == 300
        for row, subject in zip(subjects.rows.tolist(), subjects.subject.tolist(), strict=True):
            one, two = int(pool.first[row]), int(pool.second[row])
            if level == "photo":
                assert subjects.ids[subject] in (FACES.ids[one], FACES.ids[two])
            else:
                who = {FACES.names[FACES.identity[row]] for row in (one, two)}
                assert subjects.ids[subject] in who
            assert (FACES.identity[one] == FACES.identity[two]) == pool.same[row]
            assert one != two
        asked = set(zip(pool.first[subjects.rows], pool.second[subjects.rows], strict=True))
        assert asked == {pair[::-1] for pair in asked}, "every pair is asked in both orders"


def test_the_same_seed_draws_the_same(pool: Pool) -> None:
    again, other = (
        draw_pool(
            FACES, PLAN, SubjectsPlan(count=50, queries=3), ("pair", "photo", "identity"), seed
        )
        for seed in (5, 6)
    )
    np.testing.assert_array_equal(pool.first, again.first)
    np.testing.assert_array_equal(pool.members_of(4, 1), again.members_of(4, 1))
    assert not np.array_equal(pool.first, other.first)


def test_too_few_people_are_named() -> None:
    with pytest.raises(SplitError, match=r"expected 10 pairs of one person .* fewer pairs"):
        draw_pool(
            FACES,
            PoolPlan(pairs=480, blocks=24, per_person=1, validation=0),
            SubjectsPlan(),
            ("pair",),
            0,
        )
    with pytest.raises(OptionError, match="even number of blocks"):
        PoolPlan(pairs=100, blocks=25)
    with pytest.raises(OptionError, match="a list of members and one of non-members"):
        PoolPlan(members="a.csv")


def test_lists_say_who_is_a_member(tmp_path: Path) -> None:
    ids = FACES.ids
    for name, rows in (
        ("in", [(0, 1, 1), (4, 5, 1), (8, 13, 0)]),
        ("out", [(0, 2, 1), (20, 30, 0)]),
    ):
        lines = ["image1,image2,label", *(f"{ids[a]},{ids[b]},{same}" for a, b, same in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    plan = PoolPlan(members=str(tmp_path / "in.csv"), nonmembers=str(tmp_path / "out.csv"))
    pool = listed_pool(FACES, plan)
    np.testing.assert_array_equal(pool.first, [0, 4, 8, 0, 20])
    np.testing.assert_array_equal(pool.same, [True, True, False, True, False])
    np.testing.assert_array_equal(pool.members_of(2, 0), [[True] * 3 + [False] * 2] * 2)
