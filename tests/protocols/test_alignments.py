"""Pairs drawn by names, and what framings of their photos are told apart by."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import SplitError
from faceaudit.faces.reading.layout import PhotoLocation
from faceaudit.metrics.separation import separation_difference
from faceaudit.protocols.alignments import judge_framings, sample_pairs


def photos(people: int, each: int, videos: int = 0) -> list[PhotoLocation]:
    return [
        PhotoLocation(
            f"p{person:03}/{photo}.jpg",
            f"p{person:03}",
            f"p{person:03}/v{photo % videos}" if videos else f"p{person:03}/{photo}.jpg",
        )
        for person in range(people)
        for photo in range(each)
    ]


def person_of(photo: str) -> str:
    return photo.split("/", maxsplit=1)[0]


@pytest.mark.parametrize(("people", "each", "count"), [(40, 2, 30), (40, 5, 60), (4, 2, 300)])
def test_pairs_are_what_they_say(people, each, count):
    pairs = sample_pairs(photos(people, each), count, seed=0)
    genuine = int(pairs.same.sum())
    assert genuine == min(count, people * (each // 2))
    assert len(pairs.same) - genuine == genuine
    for row, (one, two) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        assert (person_of(one) == person_of(two)) == bool(pairs.same[row])
        assert (pairs.people[row, 0] == pairs.people[row, 1]) == bool(pairs.same[row])
        assert one != two
    number = {}
    for row, pair in enumerate(zip(pairs.first, pairs.second, strict=True)):
        for photo, person in zip(pair, pairs.people[row], strict=True):
            assert number.setdefault(person_of(photo), person) == person
    assert len(number) == min(people, count)


def test_nobody_is_in_two_folds():
    pairs = sample_pairs(photos(60, 4), 100, seed=1)
    folds = {}
    for people, fold in zip(pairs.people.tolist(), pairs.fold.tolist(), strict=True):
        for person in people:
            assert folds.setdefault(person, fold) == fold
    assert set(folds.values()) == set(range(10))


def test_impostor_pairs_need_no_further_photos_and_genuine_ones_share_none():
    pairs = sample_pairs(photos(30, 6), 80, seed=2)
    of_genuine = [*np.array(pairs.first)[pairs.same], *np.array(pairs.second)[pairs.same]]
    assert len(of_genuine) == len(set(of_genuine)) == 160
    assert pairs.ids == set(of_genuine)


def test_everybody_comes_before_anybody_comes_again():
    pairs = sample_pairs(photos(30, 6), 40, seed=3)
    each = np.bincount(pairs.people[pairs.same, 0])
    assert sorted(each.tolist()) == [1] * 20 + [2] * 10


def test_the_two_photos_are_of_two_videos_where_there_are_two():
    pairs = sample_pairs(photos(12, 6, videos=2), 12, seed=4)
    for row in np.flatnonzero(pairs.same):
        one, two = (int(side[row].split("/")[1][0]) % 2 for side in (pairs.first, pairs.second))
        assert one != two
    assert sample_pairs(photos(12, 6, videos=1), 12, seed=4).same.sum() == 12


def test_the_same_seed_draws_the_same_and_another_draws_others():
    listed = photos(50, 4)
    first, again = (sample_pairs(listed[::step], 30, seed=5) for step in (1, -1))
    assert first.first == again.first
    assert first.ids != sample_pairs(listed, 30, seed=6).ids


@pytest.mark.parametrize(("people", "each"), [(3, 9), (50, 1), (0, 0)])
def test_too_few_people_are_an_error(people, each):
    with pytest.raises(SplitError, match="expected at least 4 people with two photos each"):
        sample_pairs(photos(people, each), 10, seed=0)


def embedded(ids: list[str], noise: list[float], seed: int = 0) -> np.ndarray:
    """Return (K, N, 64) embeddings: a person's direction, and as much noise as a framing has."""
    rng = np.random.default_rng(seed)
    people = sorted({person_of(photo) for photo in ids})
    centre = {name: rng.normal(size=64) for name in people}
    own = np.array([centre[person_of(photo)] for photo in ids])
    away = rng.normal(size=own.shape)
    return np.stack([own + one * away for one in noise]).astype(np.float32)


def test_the_framing_with_the_least_noise_is_best_and_shown_to_be():
    pairs = sample_pairs(photos(120, 2), 120, seed=0)
    ids = sorted(pairs.ids)
    found = judge_framings(embedded(ids, [1.2, 0.5, 1.2]), ids, pairs)
    assert found[1].behind is None
    assert found[0].shown_worse
    assert found[2].shown_worse
    assert found[0].behind.value == pytest.approx(
        found[1].separation.value - found[0].separation.value
    )
    assert found[0].behind.method == "student, people as clusters 98.33 %"
    assert found[1].auc.value > found[0].auc.value
    assert found[1].accuracy.value > 0.95


def test_framings_that_give_the_same_are_not_told_apart():
    pairs = sample_pairs(photos(60, 2), 60, seed=0)
    ids = sorted(pairs.ids)
    found = judge_framings(embedded(ids, [0.8, 0.8]), ids, pairs)
    assert [one.shown_worse for one in found] == [False, False]
    assert found[1].behind.value == 0


@pytest.mark.slow
def test_of_equals_one_is_called_better_in_one_of_twenty_samples_at_most():
    """Five framings with noise of their own and of one size: whatever is shown is wrong."""
    pairs = sample_pairs(photos(80, 2), 80, seed=0)
    ids = sorted(pairs.ids)
    wrong = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        base = embedded(ids, [1.0], seed)[0]
        framings = np.stack([base + 0.7 * rng.normal(size=base.shape) for _ in range(5)])
        found = judge_framings(framings.astype(np.float32), ids, pairs)
        wrong += any(one.shown_worse for one in found)
    assert wrong / 400 <= 0.05 + 0.022  # two deviations of 400 samples


def test_photos_that_could_not_be_used_take_their_pairs_with_them():
    pairs = sample_pairs(photos(40, 2), 40, seed=0)
    ids = sorted(pairs.ids)
    left = pairs.among(ids[2:])
    assert ids[0] not in left.ids
    assert 0 < len(left.same) < len(pairs.same)
    judge_framings(embedded(ids[2:], [1.0, 2.0]), ids[2:], left)
    with pytest.raises(SplitError, match="got 0 pairs whose photos could be used"):
        judge_framings(embedded(ids, [1.0, 2.0]), ids, pairs.among([]))


def test_differences_hold_for_as_many_comparisons_as_there_are_of_two():
    pairs = sample_pairs(photos(60, 2), 60, seed=0)
    ids = sorted(pairs.ids)
    vectors = embedded(ids, [1.2, 0.5, 1.0, 1.1])
    found = judge_framings(vectors, ids, pairs)
    unit = vectors.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=2, keepdims=True)
    rows = [[ids.index(photo) for photo in side] for side in (pairs.first, pairs.second)]
    scores = (unit[:, rows[0]] * unit[:, rows[1]]).sum(axis=2)
    wanted = separation_difference(
        scores[1], scores[0], pairs.same, pairs.people, level=1 - 0.05 / 6
    )
    assert found[0].behind.low == pytest.approx(wanted.low, rel=1e-6)
    assert found[0].behind.method == wanted.method
