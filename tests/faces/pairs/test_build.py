"""Pairs built from faces: what they must be, whatever the faces."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import SplitError
from faceaudit.faces.pairs.read import build_pairs, photo_rows
from faceaudit.types import FaceSet
from helpers.faces import blocks


def faces_of(counts) -> FaceSet:
    identity = np.repeat(np.arange(len(counts)), counts)
    return FaceSet(
        images=np.zeros((len(identity), 1, 1, 3), np.uint8),
        identity=identity,
        names=tuple(f"p{n}" for n in range(len(counts))),
        ids=tuple(f"p{who}/{row}" for row, who in enumerate(identity)),
        group=np.arange(len(identity)),
        fingerprint="made up",
    )


def listed(pairs):
    return list(
        zip(pairs.first, pairs.second, pairs.same.tolist(), pairs.fold.tolist(), strict=True)
    )


@settings(max_examples=80, deadline=None)
@given(
    counts=st.lists(st.integers(1, 9), min_size=8, max_size=20),
    cap=st.integers(1, 12),
    folds=st.integers(1, 4),
    seed=st.integers(-5, 2**40),
)
def test_what_pairs_must_be(counts, cap, folds, seed):
    faces = faces_of([*counts, 9, 9, 9, 9])
    counts = np.bincount(faces.identity)
    wanted = [min(cap, n * (n - 1) // 2) for n in counts]
    pairs = build_pairs(faces, genuine_per_person=cap, folds=folds, seed=seed)
    one, two = photo_rows(pairs, faces)
    np.testing.assert_array_equal(faces.identity[one] == faces.identity[two], pairs.same)
    assert (one != two).all()
    assert len({frozenset(pair) for pair in zip(one.tolist(), two.tolist(), strict=True)}) == len(
        pairs
    )
    genuine = Counter(faces.identity[one[pairs.same]].tolist())
    assert [genuine[n] for n in range(len(counts))] == wanted
    fold_of = {}
    for row, fold in zip([*one, *two], [*pairs.fold, *pairs.fold], strict=True):
        assert fold_of.setdefault(faces.identity[row], fold) == fold
    for fold in range(folds):
        same = pairs.same[pairs.fold == fold]
        assert same.sum() * 2 == len(same)
    assert (np.diff(pairs.fold) >= 0).all()


@pytest.mark.parametrize("cap", [1, 7, 1000])
def test_the_order_of_rows_changes_nothing(cap):
    faces = blocks(people=9, photos=8)
    rng = np.random.default_rng(1)
    pairs = build_pairs(faces, genuine_per_person=cap, folds=3, seed=5)
    mixed = faces.take(rng.permutation(len(faces)))
    names = rng.permutation(len(faces.names))
    renamed = replace(
        mixed,
        names=tuple(faces.names[n] for n in names),
        identity=np.argsort(names)[mixed.identity],
        fingerprint="",
    )
    assert listed(build_pairs(renamed, genuine_per_person=cap, folds=3, seed=5)) == listed(pairs)
    assert listed(build_pairs(faces, genuine_per_person=cap, folds=3, seed=6)) != listed(pairs)


def test_all_pairs_when_all_are_asked_for():
    faces = faces_of([3, 2, 1, 4])
    every = [frozenset(pair) for pair in combinations(faces.ids, 2)]
    same = [pair for pair in every if len({id_.split("/")[0] for id_ in pair}) == 1]
    pairs = build_pairs(
        faces, genuine_per_person=99, impostors=len(every) - len(same), folds=1, seed=0
    )
    found = [frozenset(pair[:2]) for pair in listed(pairs)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, every))
    assert {pair for pair, one in zip(found, pairs.same, strict=True) if one} == set(same)


def test_impostors_are_drawn_evenly():
    """Each pair of two people is as likely as another: chi-square over all of them."""
    faces = faces_of([5, 1, 2, 4])
    total = 12 * 11 // 2 - 10 - 1 - 6
    drawn = Counter()
    for seed in range(600):
        pairs = build_pairs(faces, genuine_per_person=1, impostors=7, folds=1, seed=seed)
        drawn.update(frozenset(pair[:2]) for pair in listed(pairs) if not pair[2])
    expected = 600 * 7 / total
    assert len(drawn) == total
    chi = sum((count - expected) ** 2 / expected for count in drawn.values())
    assert chi < 80  # 48 degrees of freedom: 99.7 % lie below


def test_a_number_of_impostors_is_spread():
    faces = blocks(people=8, photos=5)
    pairs = build_pairs(faces, genuine_per_person=2, impostors=11, folds=4, seed=0)
    assert np.bincount(pairs.fold[~pairs.same]).tolist() == [3, 3, 3, 2]
    none = build_pairs(faces, genuine_per_person=2, impostors=0, folds=4, seed=0)
    assert none.same.all()


def test_people_without_photos_and_folds_of_equal_size():
    faces = faces_of([5] * 20).take(np.arange(50))
    pairs = build_pairs(faces, genuine_per_person=4, folds=5, seed=0)
    assert np.bincount(pairs.fold).tolist() == [16] * 5


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ([3, 3, 3], {"folds": 2}, "2 people a fold, got 3 people for 2 folds; try fewer"),
        ([], {"folds": 1}, "got 0 people"),
        ([1, 1], {"folds": 1}, "a person with two photos"),
        ([40, 1], {"folds": 1, "genuine_per_person": 100}, "100 impostor pairs .* got 40 among"),
        ([3, 3], {"folds": 0}, "1 fold"),
        ([3, 3], {"folds": 1, "genuine_per_person": 0}, "at least 1 genuine pair"),
        ([3, 3], {"folds": 1, "impostors": -1}, "no less than 0"),
    ],
)
def test_too_few_people_or_photos(counts, options, message):
    with pytest.raises(SplitError, match=message):
        build_pairs(faces_of(counts), **{"genuine_per_person": 2, "seed": 0, **options})


def test_half_a_million_pairs_are_quick():
    counts = [20] * 5000
    pairs = build_pairs(faces_of(counts), genuine_per_person=50, seed=1)
    assert len(pairs) == 500_000
