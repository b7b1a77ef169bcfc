"""Photos of people whom a system does not know, dealt to whoever mitigates."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet
from helpers.faces import blocks

FACES = blocks(7, 6, (4, 4))


def counts(faces: FaceSet, count: int, seed: int = 0) -> list[int]:
    rows = other_photos(faces, count, seed).rows
    assert len(np.unique(rows)) == len(rows) == count
    return np.bincount(faces.identity[rows], minlength=len(faces.names)).tolist()


@pytest.mark.parametrize("count", range(1, 43))
def test_nobody_has_a_photo_more_than_anybody_else(count: int) -> None:
    assert set(counts(FACES, count)) <= {count // 7, -(-count // 7)}


def test_who_has_few_photos_gives_all_of_them() -> None:
    few = FACES.take(np.flatnonzero((FACES.identity != 3) | (np.arange(len(FACES)) % 6 < 2)))
    assert sorted(counts(few, 30)) == [2, 4, 4, 5, 5, 5, 5]
    assert counts(few, 30)[3] == 2


def test_fewer_are_the_first_of_more_and_the_seed_draws_them() -> None:
    many = other_photos(FACES, 20, 4).rows
    np.testing.assert_array_equal(other_photos(FACES, 9, 4).rows, many[:9])
    assert (other_photos(FACES, 20, 5).rows != many).any()
    # The order of photos is drawn as well, not only that of people.
    firsts = FACES.take(many[:7])
    assert len({photo % 6 for photo in many[:7].tolist()}) > 1
    assert len(set(firsts.identity.tolist())) == 7


@pytest.mark.parametrize("count", range(2, 43))
def test_nobody_is_in_both_halves_and_each_is_about_half(count: int) -> None:
    dealt = other_photos(FACES, count, 1)
    fit, apart = dealt.halves()
    assert sorted([*fit, *apart]) == sorted(dealt.rows)
    assert not set(FACES.identity[fit]) & set(FACES.identity[apart])
    people = min(count, 7)
    assert len(set(FACES.identity[fit])) == -(-people // 2)
    assert len(set(FACES.identity[apart])) == people // 2


def test_one_person_alone_cannot_set_a_threshold() -> None:
    alone = FACES.take(np.flatnonzero(FACES.identity == 2))
    assert len(other_photos(alone, 4, 0).rows) == 4
    with pytest.raises(SplitError, match=r"two other people or more, .* got those of one"):
        other_photos(alone, 4, 0).halves()


def test_who_has_many_photos_is_not_in_the_same_half_as_the_next() -> None:
    """Of 10, 10, 1 and 1 photos each half has 11, whatever the order that people come in."""
    faces = blocks(4, 10, (4, 4))
    few = faces.take(np.flatnonzero((faces.identity < 2) | (np.arange(len(faces)) % 10 < 1)))
    for seed in range(20):
        assert [len(half) for half in other_photos(few, 22, seed).halves(11)] == [11, 11]


def test_a_half_with_too_few_photos_is_refused() -> None:
    faces = blocks(2, 15, (4, 4))
    uneven = faces.take(np.flatnonzero((faces.identity == 0) | (np.arange(len(faces)) == 15)))
    assert sorted(map(len, other_photos(uneven, 16, 0).halves())) == [1, 15]
    with pytest.raises(SplitError, match=r"at least 8 photos of other people .*, got 1 of 16; try"):
        other_photos(uneven, 16, 0).halves(8)


def test_more_photos_than_there_are_are_refused() -> None:
    assert sum(counts(FACES, 42)) == 42
    with pytest.raises(SplitError, match=r"43 photos of other people, got 42; .*others\.photos"):
        other_photos(FACES, 43, 0)
