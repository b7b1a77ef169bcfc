"""Thresholds that strangers fix, against counting all comparisons of two people by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from faceaudit.errors import InputError
from faceaudit.protocols.matching import (
    Enrolled,
    Matcher,
    cosines,
    fix_thresholds,
    genuine_pairs,
    real_fmr,
    strangers_of,
)
from faceaudit.types import Float64Array

PHOTOS = 4


def enrolled(people: int = 60, length: int = 24, noise: float = 0.7, seed: int = 0) -> Enrolled:
    """People around directions of their own, some with one photo."""
    rng = np.random.default_rng(seed)
    count = rng.integers(1, PHOTOS + 1, people)
    person = np.repeat(np.arange(people), count)
    middle = rng.standard_normal((people, length))
    templates = (middle[person] + noise * rng.standard_normal((len(person), length))) * 3
    ids = tuple(f"{who}/{row}" for row, who in enumerate(person.tolist()))
    return Enrolled(templates.astype(np.float32), person, ids)


def all_scores(one: Enrolled, *, same: bool) -> Float64Array:
    rows = [
        1 - cosine(one.templates[i].astype(float), one.templates[j].astype(float))
        for i, j in combinations(range(len(one.person)), 2)
        if (one.person[i] == one.person[j]) == same
    ]
    return np.sort(np.array(rows))


def test_a_threshold_is_the_smallest_that_lets_so_few_strangers_in() -> None:
    people = enrolled()
    strangers = all_scores(people, same=False)
    # Each two people as often as others: here all comparisons of all, as none are left out.
    found = fix_thresholds(people, [0.05, 0.01], most=10**6)
    for rate, threshold in found.thresholds.items():
        assert np.mean(strangers >= threshold + 1e-6) <= rate
        below = strangers[strangers < threshold - 1e-6].max()
        assert np.mean(strangers >= below) > rate
    assert not found.missing


def test_a_rate_that_too_few_strangers_tell_of_has_no_threshold_but_a_reason() -> None:
    found = fix_thresholds(enrolled(people=20), [0.05, 1e-6])
    assert set(found.thresholds) == {0.05}
    assert "impostor comparisons" in found.missing[1e-6]
    with pytest.raises(KeyError):
        found.accepts(np.zeros(1), 1e-6)


def test_thresholds_do_not_hang_on_the_order_of_photos() -> None:
    people = enrolled()
    mixed = people.take(np.random.default_rng(1).permutation(len(people.person)))
    one, other = (fix_thresholds(side, [0.05, 0.01], most=800) for side in (people, mixed))
    assert one.thresholds == pytest.approx(other.thresholds, abs=1e-6)


def test_a_score_at_the_threshold_is_accepted() -> None:
    matcher = fix_thresholds(enrolled(), [0.05])
    threshold = matcher.thresholds[0.05]
    scores = np.array([np.nextafter(threshold, -1), threshold, np.nextafter(threshold, 2)])
    assert matcher.accepts(scores, 0.05).tolist() == [False, True, True]


def test_strangers_are_two_people_and_none_of_the_comparisons_comes_twice() -> None:
    people = enrolled()
    first, second = strangers_of(people, most=1_000)
    assert (people.person[first] != people.person[second]).all()
    assert len({frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}) == (
        len(first)
    )


def test_genuine_pairs_are_all_pairs_of_a_person_where_they_fit() -> None:
    people = enrolled()
    one, two = genuine_pairs(people)
    found = {frozenset(pair) for pair in zip(one.tolist(), two.tolist(), strict=True)}
    rows = combinations(range(len(people.person)), 2)
    wanted = {frozenset(pair) for pair in rows if len({people.person[i] for i in pair}) == 1}
    assert found == wanted
    assert len(one) == len(wanted)


def test_of_many_genuine_pairs_everybody_is_in_before_anybody_is_in_often() -> None:
    people = enrolled()
    several = np.flatnonzero(np.bincount(people.person) >= 2)
    enough = int(sum(np.bincount(people.person)[several] - 1))  # each photo with the next
    one, two = genuine_pairs(people, most=enough)
    assert len(one) == enough
    assert (people.person[one] == people.person[two]).all()
    assert set(people.person[one].tolist()) == set(several.tolist())


def test_a_part_of_a_round_is_drawn_and_not_the_first_people() -> None:
    person = np.repeat(np.arange(400), 2)
    ids = tuple(str(row) for row in range(800))
    pairs = Enrolled(np.ones((800, 2), dtype=np.float32), person, ids)
    one, _ = genuine_pairs(pairs, most=100)
    assert len(one) == 100
    assert 150 < np.mean(person[one]) < 250


def test_cosines_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.standard_normal((5, 7)).astype(np.float32) * 9 for _ in range(2))
    wanted = [1 - cosine(*pair) for pair in zip(first, second, strict=True)]
    assert cosines(first, second) == pytest.approx(wanted, abs=1e-6)


def test_the_real_rate_is_the_share_of_strangers_who_get_in() -> None:
    matcher = fix_thresholds(enrolled(), [0.05])
    threshold = matcher.thresholds[0.05]
    scores = np.array([threshold + 0.1] * 3 + [threshold - 0.1] * 37)
    people = np.column_stack([np.arange(40), np.arange(40) + 100])
    found = real_fmr(matcher, 0.05, scores, people)
    assert found.value == pytest.approx(3 / 40)
    assert found.n == 40
    assert found.low < 3 / 40 < found.high


def test_templates_without_thresholds_are_refused() -> None:
    alone = enrolled(people=1)
    with pytest.raises(InputError, match="two people and one with two photos"):
        fix_thresholds(alone, [0.01])
    once = Enrolled(np.eye(3, dtype=np.float32), np.arange(3), ("a", "b", "c"))
    with pytest.raises(InputError, match="got 3 and 0 genuine pairs"):
        fix_thresholds(once, [0.01])
    with pytest.raises(InputError, match="as many templates as people and ids"):
        Enrolled(np.eye(3, dtype=np.float32), np.arange(3), ("a", "b"))


def test_a_matcher_without_points_has_none() -> None:
    assert Matcher(()).thresholds == {}
