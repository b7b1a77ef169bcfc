"""Thresholds of distances, learned from pairs, against brute force and scikit-learn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from faceaudit.errors import InputError
from faceaudit.systems.predictors import PairData, PredictorBank, predictors
from faceaudit.systems.verifiers.bank import VerifierBank

NAMES = ("bhattacharyya", "chi_square", "cosine", "euclidean")
Floats = npt.NDArray[np.float64]


def histogram(embedding: Floats) -> Floats:
    both = np.concatenate((np.maximum(embedding, 0), np.maximum(-embedding, 0)))
    return both / both.sum()


def chi_square(one: Floats, two: Floats) -> float:
    a, b = histogram(one), histogram(two)
    used = a + b > 0
    return float(((a - b)[used] ** 2 / (a + b)[used]).sum())


def hellinger(one: Floats, two: Floats) -> float:
    return float(np.sqrt(max(0.0, 1 - np.sqrt(histogram(one) * histogram(two)).sum())))


METRICS = {
    "bhattacharyya": hellinger,
    "chi_square": chi_square,
    "cosine": "cosine",
    "euclidean": "euclidean",
}


def distances(name: str, data: PairData) -> Floats:
    """Return the (R,) distances of all pairs, as SciPy or the formula gives them."""
    embeddings = data.embeddings.astype(np.float64)
    return cdist(embeddings, embeddings, METRICS[name])[data.first, data.second]


def on_a_line(values: list[float], target: list[float]) -> PairData:
    """Return pairs of one photo at 0 with others at the distances that are asked for."""
    embeddings = np.array([0.0, *values], dtype=np.float32)[:, None]
    first = np.zeros(len(values), dtype=np.int64)
    second = np.arange(1, len(values) + 1)
    return PairData(embeddings, first, second, np.array(target, dtype=np.float32))


def around_people(seed: int = 0, noise: float = 0.8) -> PairData:
    rng = np.random.default_rng(seed)
    embeddings = np.repeat(rng.normal(size=(20, 6)), 5, axis=0)
    embeddings += noise * rng.normal(size=embeddings.shape)
    first = rng.integers(100, size=300)
    second = np.where(rng.random(300) < 0.5, first // 5 * 5, 0) + rng.integers(5, size=300)
    second = np.where(second == first, (first + 1) % 100, second)
    same = first // 5 == second // 5
    return PairData(embeddings.astype(np.float32), first, second, same.astype(np.float32))


def found(bank: PredictorBank, model: int = 0) -> tuple[float, float]:
    threshold, steepness = bank.state()["threshold"][model].tolist()
    return threshold, steepness


def logits(bank: PredictorBank, data: PairData) -> npt.NDArray[np.float32]:
    return bank.logits(data.embeddings[data.first], data.embeddings[data.second])


def thresholds(name: str) -> Floats:
    """Return the grid up to 99: steps of 0.01, three digits of the Euclidean distance."""
    if name != "euclidean":
        return np.arange(-1, 201) / 100
    decades = [np.arange(100, 1000) / 10**power for power in range(6, 0, -1)]
    return np.concatenate(([-1e-6, 0.0], np.arange(1, 100) / 10**6, *decades))


@pytest.mark.parametrize("name", NAMES)
def test_no_threshold_of_the_grid_is_right_more_often(name: str) -> None:
    data = around_people()
    rows = np.random.default_rng(1).permuted(np.tile(np.arange(300), (4, 1)), axis=1)[:, :120]
    bank = predictors.build(name).fit(data, rows, range(4))
    distance, same = distances(name, data), data.label == 1
    for model, mine in enumerate(rows):
        tried = thresholds(name)[:, None]
        best = ((distance[mine] <= tried) == same[mine]).mean(axis=1).max()
        accepted = logits(bank, data)[model, mine] >= 0
        assert (accepted == same[mine]).mean() == pytest.approx(best, abs=1e-12)
        threshold, _ = found(bank, model)
        assert threshold in thresholds(name)
        assert ((distance[mine] <= threshold) == same[mine]).mean() == pytest.approx(best)
        anywhere = np.concatenate(([-1.0], distance[mine] + 1e-9))[:, None]
        assert best >= ((distance[mine] <= anywhere) == same[mine]).mean(axis=1).max() - 0.02


def test_the_threshold_is_the_middle_of_the_widest_of_the_best_gaps() -> None:
    # Right twice each: between 1 and 2, and between 4 and 8. The second gap is the wider.
    data = on_a_line([1, 2, 4, 8], [1, 0, 1, 0])
    assert found(predictors.build("euclidean").fit(data, np.arange(4)[None], [0]))[0] == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_logit_accepts_what_is_within_the_threshold(name: str) -> None:
    data, fresh = around_people(), around_people(seed=9)
    bank = predictors.build(name).fit(data, np.arange(300).reshape(3, 100), range(3))
    distance = distances(name, fresh)
    for model in range(3):
        threshold, _ = found(bank, model)
        clear = np.abs(distance - threshold) > 1e-9
        accepted = logits(bank, fresh)[model] >= 0
        np.testing.assert_array_equal(accepted[clear], (distance <= threshold)[clear])


LENGTHS = st.lists(st.floats(0, 100, width=32), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(LENGTHS, st.data())
def test_decisions_on_learned_pairs_are_those_of_the_threshold(
    values: list[float], drawn: st.DataObject
) -> None:
    target = drawn.draw(
        st.lists(st.sampled_from([0, 1]), min_size=len(values), max_size=len(values))
    )
    data = on_a_line(values, target)
    bank = predictors.build("euclidean").fit(data, np.arange(len(values))[None], [0])
    threshold, steepness = found(bank)
    assert np.isfinite(threshold)
    assert 0 < steepness < np.inf
    said = logits(bank, data)[0]
    assert np.isfinite(said).all()
    np.testing.assert_array_equal(said >= 0, np.array(values) <= threshold)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0.6, 1.5])
def test_steepness_is_that_of_a_regression_through_the_threshold(name: str, noise: float) -> None:
    data = around_people(seed=3, noise=noise)
    bank = predictors.build(name).fit(data, np.arange(300)[None], [0])
    threshold, steepness = found(bank)
    margin = (threshold - distances(name, data))[:, None]
    scale = margin.std()
    regression = LogisticRegression(C=1e10, fit_intercept=False, tol=1e-10, max_iter=1000)
    regression.fit(margin / scale, data.label)
    assert 0 < regression.coef_[0, 0] < 1e3
    assert steepness == pytest.approx(scale / regression.coef_[0, 0], rel=0.051)
    assert steepness == float(f"{steepness:.1e}")


def test_soft_targets_make_the_logit_less_steep() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 2, 200)
    hard = on_a_line(list(values), list((values < 1).astype(float)))
    soft = on_a_line(list(values), list(np.where(values < 1, 0.8, 0.2)))
    (at, steep), (same, less) = (
        found(predictors.build("euclidean").fit(each, np.arange(200)[None], [0]))
        for each in (hard, soft)
    )
    assert at == same
    assert less > 3 * steep


def test_equal_distances_are_all_decided_as_most_are() -> None:
    for target, accepted in (([1, 1, 0], True), ([0, 0, 1], False)):
        data = on_a_line([2, 2, 2], target)
        bank = predictors.build("euclidean").fit(data, np.arange(3)[None], [0])
        assert ((logits(bank, data) >= 0) == accepted).all()
        assert np.isfinite(found(bank)).all()


@pytest.mark.parametrize("length", [0, 2])
def test_a_pair_just_beyond_the_threshold_is_not_accepted(length: float) -> None:
    data = on_a_line([length] * 3, [0, 0, 1])
    bank = predictors.build("euclidean").fit(data, np.arange(3)[None], [0])
    assert (logits(bank, data) < 0).all()
    sides = (data.embeddings[some][:, None] for some in (data.first, data.second))
    answers = VerifierBank(bank, user_backbones=np.zeros((3, 1), dtype=np.int64)).answers(*sides)
    assert (answers < 0.5).all()


@pytest.mark.parametrize("label", [0, 1])
def test_one_label_alone_is_decided_rightly(label: int) -> None:
    data = on_a_line([0.5, 1, 3], [label] * 3)
    bank = predictors.build("euclidean").fit(data, np.arange(3)[None], [0])
    said = logits(bank, data)
    assert ((said >= 0) == bool(label)).all()
    assert np.isfinite(said).all()


def test_sides_that_do_not_overlap_give_a_steep_but_finite_logit() -> None:
    data = on_a_line([0.1, 0.2, 0.3, 1.1, 1.2], [1, 1, 1, 0, 0])
    bank = predictors.build("euclidean").fit(data, np.arange(5)[None], [0])
    threshold, steepness = found(bank)
    assert threshold == 0.705  # the middle of 0.301, the first that accepts 0.3f, and 1.11
    assert 0 < steepness < 0.1
    said = logits(bank, data)[0]
    assert np.isfinite(said).all()
    assert (np.sign(said) == [1, 1, 1, -1, -1]).all()
    assert np.abs(said).min() > 5


def test_distances_that_say_nothing_give_a_flat_logit() -> None:
    # The nearest are impostors: no steepness above 0 fits, so the logit is all but flat.
    rng = np.random.default_rng(0)
    values = list(rng.uniform(1, 2, 50)) + list(rng.uniform(3, 4, 49))
    data = on_a_line(values, [0] * 50 + [1] * 49)
    bank = predictors.build("euclidean").fit(data, np.arange(99)[None], [0])
    said = logits(bank, data)
    assert np.isfinite(said).all()
    assert not (said >= 0).any()


@pytest.mark.parametrize("name", NAMES)
def test_survives_its_state(name: str) -> None:
    data = around_people()
    predictor = predictors.build(name)
    bank = predictor.fit(data, np.arange(300).reshape(3, 100), range(3))
    again = predictor.restore(bank.state())
    assert again.count == 3
    np.testing.assert_array_equal(logits(again, data), logits(bank, data))
    np.testing.assert_array_equal(logits(bank.only(2), data), logits(bank, data)[2:])


def test_neither_seeds_nor_the_order_of_rows_matter() -> None:
    data = around_people()
    rows = np.arange(300)[None]
    one = predictors.build("cosine").fit(data, rows, [0])
    other = predictors.build("cosine").fit(data, rows[:, ::-1], [7])
    assert found(one) == pytest.approx(found(other), rel=1e-6)


def test_rows_out_of_range_are_refused() -> None:
    data = on_a_line([1, 2], [1, 0])
    with pytest.raises(InputError, match=r"expected rows in 0\.\.1"):
        predictors.build("euclidean").fit(data, np.array([[2]]), [0])
