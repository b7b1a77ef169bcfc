"""The baseline that never sees the model: leaks that were planted, and lists without one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from faceaudit.errors import InputError
from faceaudit.gate import PairList
from faceaudit.gate.blind import blind_baseline
from faceaudit.gate.checks import Check
from faceaudit.gate.coding import encode
from faceaudit.gate.cross_fitting import BLOCKS, cross_fitted, design
from faceaudit.gate.lists import by_name
from helpers.pair_lists import made


def blind(members: PairList, nonmembers: PairList, seed: int = 0, **options: object) -> Check:
    rng = np.random.default_rng(seed)
    return blind_baseline(encode(members, nonmembers), rng=rng, **options)  # type: ignore[arg-type]


def halves(seed: int, count: int = 2000) -> tuple[PairList, PairList]:
    """Pairs of one pool of people, dealt at random."""
    rng = np.random.default_rng(seed)
    pairs = made(rng, count, range(300), photos=30)
    order = rng.permutation(count)
    return pairs.take(order[: count // 2]), pairs.take(order[count // 2 :])


def split(tells: np.ndarray, pairs: PairList, seed: int = 0) -> tuple[PairList, PairList]:
    """Pairs that are members more often (0.7) where `tells`, less often (0.3) elsewhere."""
    rng = np.random.default_rng(seed)
    member = rng.random(len(pairs)) < np.where(tells, 0.7, 0.3)
    return pairs.take(member), pairs.take(~member)


def numbers(names: tuple[str, ...]) -> np.ndarray:
    return np.array([int(name.rpartition("_")[2]) for name in names])


POOL = made(np.random.default_rng(5), 2000, range(300), photos=30)
PLANTED = {
    "number of a photo (larger)": np.maximum(numbers(POOL.first), numbers(POOL.second)) > 20,
    "odd numbers": numbers(POOL.first) % 2 + numbers(POOL.second) % 2 == 2,
    "label": POOL.same,
    "length of a person's name (larger)": np.array([len(name) > 3 for name in POOL.second_person]),
    "place of a person's name (smaller)": np.array([int(n[1:]) < 90 for n in POOL.first_person]),
}


@pytest.mark.parametrize("title", PLANTED)
def test_planted_leaks_are_found(title: str) -> None:
    check = blind(*split(PLANTED[title], POOL))
    assert check.passed is False
    assert check.figures["low"] > 0.5
    if title in ("label", "odd numbers"):
        assert f"most is told by: {title} " in check.message


def test_an_alphabetical_split_of_people_is_found() -> None:
    rng = np.random.default_rng(2)
    check = blind(made(rng, 500, range(100, 200)), made(rng, 500, range(200, 300)))
    assert check.passed is False
    assert check.figures["auc"] > 0.9
    assert "place of a person's name" in check.message


def test_features_are_looked_at_with_the_label() -> None:
    """Members are hard pairs: far apart if genuine, close if impostors, so no mean differs."""
    rng = np.random.default_rng(3)
    members, nonmembers = halves(3)
    shift = [np.where(pairs.same, 1.0, -1.0) for pairs in (members, nonmembers)]
    hard = rng.normal(shift[0]), rng.normal(0 * shift[1])
    features = tuple(one[:, None] for one in hard)
    assert blind(members, nonmembers).passed is True
    check = blind(members, nonmembers, features=features)
    assert check.passed is False
    assert "features" in check.message
    alone = roc_auc_score(np.repeat([1, 0], [len(hard[0]), len(hard[1])]), np.concatenate(hard))
    assert abs(alone - 0.5) < 0.05 < check.figures["auc"] - 0.5


@pytest.mark.parametrize("people_apart", [False, True])
def test_false_alarms_are_rare(people_apart: bool) -> None:
    """Nominal is 2.5 %; 8 of 80 or more would come by chance once in 1,000 times.

    Leaving records out pushes an area a little below 0.5, the more the fewer they are. Areas spread
    as far as their intervals say, not twice as far in squares.
    """
    alarms, areas, lows = 0, [], []
    for seed in range(80):
        if people_apart:
            rng = np.random.default_rng(seed)
            who = rng.permutation(120)
            one, two = (_renamed(made(rng, 150, range(60)), who[at : at + 60]) for at in (0, 60))
        else:
            one, two = halves(seed, 300)
        check = blind(one, two, seed)
        alarms += not check.passed
        areas.append(check.figures["auc"])
        lows.append(check.figures["low"])
    assert alarms < 8
    assert 0.46 < np.mean(areas) < 0.51
    errors = (logit(areas) - logit(lows)) / 1.98
    assert 0.6 < np.var(logit(areas)) / np.mean(errors**2) < 1.4


def _renamed(pairs: PairList, who: np.ndarray) -> PairList:
    def new(name: str) -> str:
        person, _, number = name[1:].partition("_")
        return f"p{who[int(person)]}_{number}"

    return by_name([*map(new, pairs.first)], [*map(new, pairs.second)], pairs.same)


def test_the_order_of_a_pair_does_not_matter() -> None:
    members, nonmembers = halves(4)
    turned = PairList(
        members.second, members.first, members.second_person, members.first_person, members.same
    )
    one, other = blind(members, nonmembers), blind(turned, nonmembers)
    assert (one.passed, one.message) == (other.passed, other.message)
    assert one.figures == pytest.approx(other.figures, abs=1e-12)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert blind(*halves(1), seed=7) == blind(*halves(1), seed=7)


def test_long_lists_are_drawn_from_in_words() -> None:
    check = blind(*halves(1), most=300)
    assert "of 300 members and 300 non-members that were drawn" in check.message
    assert check.figures["members"] == 300


@pytest.mark.parametrize("people", [range(3), range(200)])
def test_too_few_records(people: range) -> None:
    rng = np.random.default_rng(0)
    check = blind(made(rng, 20, people), made(rng, 100, people))
    assert check.passed is None
    assert "too few" in check.message


def test_features_must_fit() -> None:
    members, nonmembers = halves(0)
    good = np.zeros((len(members), 1)), np.zeros((len(nonmembers), 1))
    for bad, words in [
        ((good[0], good[1][1:]), "features"),
        ((good[0], np.zeros((len(nonmembers), 2))), "as many features"),
        ((good[0][:, 0], good[1]), "features"),
    ]:
        with pytest.raises(InputError, match=words):
            blind(members, nonmembers, features=bad)
    with pytest.raises(InputError, match="a name of each of 1 features, got 2"):
        blind(members, nonmembers, features=good, feature_names=["one", "two"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pairs_with_features_that_are_not_finite_are_not_ranked(value: float) -> None:
    """Were they, members alone would have them, and be told by that."""
    members, nonmembers = halves(6)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(members), 2)), rng.normal(size=(len(nonmembers), 2))
    features[0][::3, 1] = value
    known = np.flatnonzero(np.arange(len(members)) % 3)
    check = blind(members, nonmembers, features=features)
    assert check.figures["members"] == len(known)
    assert check.passed is True
    kept = blind(members.take(known), nonmembers, features=(features[0][known], features[1]))
    assert check == kept


def test_too_few_pairs_whose_features_are_finite() -> None:
    members, nonmembers = halves(0)
    features = np.full((len(members), 1), np.nan), np.zeros((len(nonmembers), 1))
    check = blind(members, nonmembers, features=features)
    assert check.passed is None
    assert "got 0 and" in check.message


def test_features_have_names() -> None:
    members, nonmembers = halves(0)
    features = np.ones((len(members), 1)), np.zeros((len(nonmembers), 1))
    check = blind(members, nonmembers, features=features, feature_names=["brightness"])
    assert "most is told by: brightness (AUC 1.000 alone)" in check.message


def test_nobody_is_scored_by_a_model_that_saw_them() -> None:
    """With a column for each person, a model of other people can say nothing of them."""
    rng = np.random.default_rng(0)
    people = rng.integers(0, 40, (600, 2))
    same = people[:, 0] == people[:, 1]
    own = np.zeros((600, 41))
    own[:, 40] = 1
    own[np.arange(600), people[:, 0]] = own[np.arange(600), people[:, 1]] = 1
    member = np.isin(people, np.arange(0, 40, 2)).any(axis=1)
    block = (rng.permutation(40) % BLOCKS)[people]
    columns = np.roll(own, 1, axis=1)
    scores = cross_fitted(columns, same, member, block)
    for kind in (False, True):
        for blocks in {tuple(sorted(pair)) for pair in block[same == kind].tolist()}:
            rows = (np.sort(block, axis=1) == blocks).all(axis=1) & (same == kind)
            assert np.ptp(scores[rows]) < 1e-12


def test_the_model_finds_what_ridge_regression_finds() -> None:
    """One pass over blocks gives what fitting on the kept pairs does, done directly."""
    rng = np.random.default_rng(1)
    block = rng.integers(0, BLOCKS, (400, 2))
    same, member = rng.random(400) < 0.5, rng.random(400) < 0.4
    columns = design(rng.normal(size=(400, 3)))
    scores = cross_fitted(columns, same, member, block)
    kept = ~np.isin(block, (1, 3)).any(axis=1)
    mine = (np.sort(block, axis=1) == (1, 3)).all(axis=1) & same
    share = member[kept].mean()
    root = np.sqrt(np.where(member, 0.5 / share, 0.5 / (1 - share)))[kept & same, None]
    penalty = np.sqrt(np.r_[1.0, np.full(columns.shape[1] - 1, 0.1 * kept.sum())])
    left = np.vstack([root * columns[kept & same], np.diag(penalty)])
    sign = np.where(member, 1.0, -1.0)[kept & same, None]
    right = np.vstack([root * sign, np.zeros((columns.shape[1], 1))])
    expected = columns[mine] @ np.linalg.lstsq(left, right, rcond=None)[0][:, 0]
    np.testing.assert_allclose(scores[mine], expected, atol=1e-10)
