"""People held out, against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import SplitError
from faceaudit.faces.pairs.held_out import HeldOut, build_held_out, hold_out
from faceaudit.types import FaceSet, PairSet
from helpers.faces import blocks

FACES = blocks(people=10, photos=6, size=(8, 8))


def who(faces: FaceSet, held: HeldOut, side: str) -> set[int]:
    rows = getattr(held, side)
    ids = [id_ for row in rows for id_ in (held.pairs.first[row], held.pairs.second[row])]
    return {int(faces.identity[faces.ids.index(id_)]) for id_ in ids}


@pytest.mark.parametrize(("share", "people"), [(0.2, 2), (0.25, 2), (0.3, 3), (0.5, 5), (0.8, 8)])
def test_built_pairs_of_a_share_of_the_people(share: float, people: int) -> None:
    held = build_held_out(FACES, share=share, per_person=4)
    assert held.people == (10 - people, people)
    assert not who(FACES, held, "train") & who(FACES, held, "test")
    assert len(who(FACES, held, "train")) + len(who(FACES, held, "test")) == 10
    for side, count in ((held.train, 10 - people), (held.test, people)):
        assert held.pairs.same[side].sum() == (~held.pairs.same[side]).sum() == 4 * count
    assert sorted([*held.train, *held.test]) == list(range(len(held.pairs)))


def test_the_seed_decides_and_the_order_of_the_photos_does_not() -> None:
    held = [build_held_out(FACES, share=0.4, per_person=3, seed=seed) for seed in (0, 0, 1)]
    assert held[0].pairs.first == held[1].pairs.first
    assert who(FACES, held[0], "test") != who(FACES, held[2], "test")
    turned = FACES.take(np.arange(len(FACES))[::-1])
    again = build_held_out(turned, share=0.4, per_person=3)
    assert who(turned, again, "test") == who(FACES, held[0], "test")


def listed(pairs: list[tuple[int, int]], fold: list[int]) -> PairSet:
    """Pairs of people, spelled as photos of theirs."""
    ids = np.array(FACES.ids).reshape(10, 6)
    return PairSet(
        first=tuple(str(ids[one, 0]) for one, _ in pairs),
        second=tuple(str(ids[two, 1]) for _, two in pairs),
        same=np.array([one == two for one, two in pairs]),
        fold=np.array(fold, dtype=np.int64),
    )


PEOPLE = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=100, deadline=None)
@given(
    pairs=st.lists(PEOPLE, min_size=1, max_size=60),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 99),
)
def test_nobody_is_on_both_sides(pairs: list[tuple[int, int]], share: float, seed: int) -> None:
    given_ = listed(pairs, [row % 3 for row in range(len(pairs))])
    try:
        held = hold_out(FACES, given_, share=share, seed=seed)
    except SplitError:
        return
    train, test = who(FACES, held, "train"), who(FACES, held, "test")
    assert not train & test
    assert held.people == (len(train), len(test))
    assert held.mixed == len(pairs) - len(held.train) - len(held.test)
    for row in set(range(len(pairs))) - {*held.train.tolist(), *held.test.tolist()}:
        assert set(pairs[row]) - train, "a pair of people to learn from is never lost"


def test_folds_that_share_nobody_stay_whole() -> None:
    pairs = [pair for a in range(0, 10, 2) for pair in ((a, a), (a + 1, a + 1), (a, a + 1))]
    held = hold_out(FACES, listed(pairs, [row // 3 for row in range(15)]), share=0.4)
    assert held.mixed == 0
    assert (len(held.train), len(held.test)) == (9, 6)
    assert len(set(held.pairs.fold[held.test])) == 2
    assert not set(held.pairs.fold[held.test]) & set(held.pairs.fold[held.train])


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_shares_that_are_none(share: float) -> None:
    with pytest.raises(SplitError, match="a share above 0 and below 1"):
        build_held_out(FACES, share=share, per_person=1)


def test_too_few_people() -> None:
    with pytest.raises(SplitError, match="got 9 and 1"):
        build_held_out(FACES, share=0.1, per_person=1)
    only = listed([(a, a) for a in range(10)], [0] * 10)
    with pytest.raises(SplitError, match="of one person and of two"):
        hold_out(FACES, only, share=0.5)
