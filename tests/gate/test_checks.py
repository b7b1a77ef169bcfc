"""The checks that count, against Python's sets, SciPy and sums done by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ks_2samp, kstwobign

from faceaudit.errors import InputError
from faceaudit.gate import PairList, checks, told
from faceaudit.gate.coding import EncodedLists, encode
from faceaudit.gate.lists import by_name
from helpers.pair_lists import made

NAMES = [f"{person}_{photo}" for person in "abcde" for photo in (1, 2, 3)]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=12)
Sides = list[tuple[str, str]]


def of(pairs: Sides) -> PairList:
    same = np.array([one[0] == two[0] for one, two in pairs])
    return by_name([one for one, _ in pairs], [two for _, two in pairs], same)


def lists(members: Sides, nonmembers: Sides) -> EncodedLists:
    return encode(of(members), of(nonmembers))


def random_lists(seed: int, sizes: tuple[int, int] = (400, 400), **options: float) -> EncodedLists:
    """Members of people 0 to 99, non-members of 100 to 199."""
    rng = np.random.default_rng(seed)
    return encode(made(rng, sizes[0], range(100)), made(rng, sizes[1], range(100, 200), **options))


@settings(deadline=None, max_examples=60)
@given(PAIRS, PAIRS)
def test_shared_as_sets_count_it(members: Sides, nonmembers: Sides) -> None:
    both = lists(members, nonmembers)
    pair_sets = [{frozenset(pair) for pair in side} for side in (members, nonmembers)]
    shared = checks.shared_pairs(both)
    assert shared.figures["shared"] == len(pair_sets[0] & pair_sets[1])
    assert shared.figures["members_repeated"] == len(members) - len(pair_sets[0])
    assert shared.passed is (not pair_sets[0] & pair_sets[1])
    kinds = [
        (checks.shared_photos, lambda name: name),
        (checks.shared_people, lambda name: name[0]),
    ]
    for check, key in kinds:
        sets = [{key(name) for pair in side for name in pair} for side in (members, nonmembers)]
        common = sets[0] & sets[1]
        figures = check(both).figures
        assert figures["shared"] == len(common)
        assert (figures["members"], figures["nonmembers"]) == (len(sets[0]), len(sets[1]))
        touched = sum(any(key(name) in common for name in pair) for pair in nonmembers)
        assert figures["nonmember_pairs"] == touched
        assert check(both).passed is (not common)


@settings(deadline=None, max_examples=60)
@given(PAIRS, PAIRS, st.randoms(use_true_random=False))
def test_order_changes_nothing(
    members: Sides, nonmembers: Sides, draw: np.random.Generator
) -> None:
    turned = [tuple(draw.sample(pair, 2)) for pair in members]
    draw.shuffle(turned)
    for check in (
        checks.shared_pairs,
        checks.shared_photos,
        checks.shared_people,
        checks.labels,
        checks.occurrences_of_photos,
        checks.occurrences_of_people,
    ):
        assert check(lists(members, nonmembers)) == check(lists(turned, nonmembers))


def test_shared_in_words() -> None:
    both = lists([("a_1", "b_1"), ("c_1", "c_2")], [("b_1", "a_1"), ("d_1", "d_2")])
    assert checks.shared_pairs(both).message.startswith("1 pair is in both lists")
    assert checks.shared_photos(both).message == (
        "2 photos are in both lists (of 4 and 4); 1 of 2 non-member pairs have one that was "
        "trained on"
    )


def test_folders_that_differ_are_named() -> None:
    same = np.array([True, False])
    members = by_name(["train/a/1", "train/a/1"], ["train/a/2", "train/b/1"], same)
    nonmembers = by_name(
        ["test/a/1", "test/c/1"], ["test/a/3", "test/d/1"], np.array([True, False])
    )
    both = encode(members, nonmembers)
    assert "if 'train' and 'test' hold the same" in checks.shared_photos(both).message
    assert checks.shared_people(both).passed is False
    assert checks.shared_pairs(both).passed is True


def test_people_who_are_not_told_are_not_checked() -> None:
    members = by_name(["x", "y"], ["z", "w"], np.array([True, False]))
    both = encode(members, of([("a_1", "a_2")]))
    for check in (checks.shared_people, checks.occurrences_of_people):
        assert check(both).passed is None
        assert "person/photo" in check(both).message
    assert checks.shared_photos(both).passed is True


@pytest.mark.parametrize(
    ("members", "nonmembers", "passed"),
    [(80, 20, False), (20, 80, False), (100, 100, True), (101, 100, True), (103, 100, False)],
)
def test_equal_sizes(members: int, nonmembers: int, passed: bool) -> None:
    check = checks.equal_sizes(lists([("a_1", "a_2")] * members, [("b_1", "b_2")] * nonmembers))
    assert check.passed is passed
    assert check.figures["always_member"] == members / (members + nonmembers)
    if (members, nonmembers) == (20, 80):
        assert "answering 'non-member' to everything is right for 0.8 " in check.message


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 200), st.integers(0, 200))
def test_labels_as_a_table_of_counts(n: int, m: int, one: int, two: int) -> None:
    one, two = min(one, n), min(two, m)
    genuine, impostor = ("a_1", "a_2"), ("a_1", "b_1")
    members = [genuine] * one + [impostor] * (n - one)
    nonmembers = [genuine] * two + [impostor] * (m - two)
    check = checks.labels(lists(members, nonmembers))
    if 0 < one + two < n + m:
        p = chi2_contingency([[one, n - one], [two, m - two]], correction=False).pvalue
        assert check.figures["p"] == pytest.approx(p, abs=1e-12)
    assert check.passed is (abs(one / n - two / m) <= 0.02 or check.figures["p"] >= 0.01)


def test_labels_fail_and_pass() -> None:
    assert checks.labels(random_lists(0)).passed is True
    check = checks.labels(random_lists(0, genuine=0.8))
    assert check.passed is False
    shares = check.figures["members"], check.figures["nonmembers"]
    assert check.figures["gap"] == pytest.approx(shares[1] - shares[0])
    # A difference that is sure but small does not matter.
    small = lists(
        [("a_1", "a_2")] * 50_900 + [("a_1", "b_1")] * 49_100,
        [("a_1", "a_2")] * 49_900 + [("a_1", "b_1")] * 50_100,
    )
    assert checks.labels(small).figures["p"] < 1e-4
    assert checks.labels(small).passed is True


@settings(deadline=None, max_examples=60)
@given(PAIRS, PAIRS)
def test_occurrences_by_brute_force(members: Sides, nonmembers: Sides) -> None:
    both = lists(members, nonmembers)
    kinds = [
        (checks.occurrences_of_photos, lambda name: name),
        (checks.occurrences_of_people, lambda name: name[0]),
    ]
    for check, key in kinds:
        counts = [
            list(Counter(who for pair in side for who in {key(name) for name in pair}).values())
            for side in (members, nonmembers)
        ]
        at_most = [
            [sum(one <= most for one in count) / len(count) for most in range(30)]
            for count in counts
        ]
        gap = max(abs(one - two) for one, two in zip(*at_most, strict=True))
        effective = 1 / (1 / len(counts[0]) + 1 / len(counts[1]))
        figures = check(both).figures
        assert figures["gap"] == pytest.approx(gap)
        assert figures["p"] == pytest.approx(kstwobign.sf(effective**0.5 * gap), abs=1e-12)
        assert (figures["members"], figures["nonmembers"]) == (
            pytest.approx(np.mean(counts[0])),
            pytest.approx(np.mean(counts[1])),
        )


def test_occurrences_fail_and_pass() -> None:
    assert checks.occurrences_of_people(random_lists(1, (2000, 2000))).passed is True
    assert checks.occurrences_of_photos(random_lists(1, (2000, 2000))).passed is True
    fewer = random_lists(1, (2000, 500))
    check = checks.occurrences_of_people(fewer)
    assert check.passed is False
    assert "tells a member" in check.message
    counts = [
        np.unique(
            np.concatenate([side.people[:, 0], side.people[~side.same, 1]]), return_counts=True
        )
        for side in (fewer.members, fewer.nonmembers)
    ]
    p = ks_2samp(counts[0][1], counts[1][1], method="asymp").pvalue
    assert check.figures["p"] == pytest.approx(p, rel=0.5, abs=1e-12)


@pytest.mark.parametrize("said", [False, True])
def test_told_facts(said: bool) -> None:
    for check, passing in ((told.scored_apart, False), (told.adaptive_attacker, True)):
        found = {fact: check(fact, said=said) for fact in (None, True, False)}
        assert {fact: one.passed for fact, one in found.items()} == {
            None: None,
            passing: True,
            not passing: False,
        }
        assert [fact for fact, one in found.items() if "as you say" in one.message] == (
            [passing] if said else []
        )


def test_one_answer_is_a_count() -> None:
    found = checks.one_answer(20, 80)
    assert (found.low, found.value, found.high, found.n) == (0.8, 0.8, 0.8, 100)
    assert found.method == "exact count"


@pytest.mark.parametrize(
    ("lacking", "passed"), [((0, 0), None), ((30, 30), True), ((10, 0), True), ((60, 20), False)]
)
def test_features_that_are_not_known(lacking: tuple[int, int], passed: bool | None) -> None:
    features = np.zeros((1000, 2)), np.zeros((1000, 2))
    for part, count in zip(features, lacking, strict=True):
        part[:count, 1] = np.nan
    found = checks.complete_features(features)
    if passed is None:
        assert found == ()
        return
    assert found[0].passed is passed
    table = [[count, 1000 - count] for count in lacking]
    p = chi2_contingency(table, correction=False).pvalue
    assert found[0].figures["p"] == pytest.approx(p)
    assert checks.complete_features(None) == ()


@pytest.mark.parametrize(
    ("records", "fprs", "passed", "needed"),
    [
        (1000, (0.01,), True, 1000),
        (999, (0.01,), False, 1000),
        (1000, (0.1, 0.001), False, 10_000),
        (10_000, (0.001, 0.5), True, 10_000),
        (5, (1.0,), False, 10),
    ],
)
def test_resolution(records: int, fprs: tuple[float, ...], passed: bool, needed: int) -> None:
    check = checks.resolution(lists([("a_1", "a_2")], [("b_1", "b_2")] * records), fprs)
    assert check.passed is passed
    assert check.figures["needed"] == needed
    assert f"{needed:,} non-members" in check.message


def test_resolution_of_no_rate_or_a_wrong_one() -> None:
    both = lists([("a_1", "a_2")], [("b_1", "b_2")])
    assert checks.resolution(both, ()).passed is None
    with pytest.raises(InputError, match="rate"):
        checks.resolution(both, (0.0,))


def test_empty_list() -> None:
    one = of([("a_1", "a_2")])
    with pytest.raises(InputError, match="got 1 and 0"):
        encode(one, one.take(np.arange(0)))


def test_figures_are_finite_even_of_one_pair() -> None:
    both = lists([("a_1", "a_2")], [("b_1", "b_2")])
    for check in (checks.labels, checks.occurrences_of_people, checks.equal_sizes):
        assert all(np.isfinite(list(check(both).figures.values())))
