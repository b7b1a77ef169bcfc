"""Pairs that a learned threshold names: found of the rule that names them, not of the product's."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit

from faceaudit.errors import InputError
from faceaudit.metrics import DISTANCES
from faceaudit.systems.predictors import PairData, PredictorBank, predictors
from faceaudit.systems.predictors.common.exact_leak import (
    BETWEEN,
    named_pairs,
    pairs_beside,
    pairs_named_by_any,
    read_threshold,
)
from faceaudit.systems.predictors.common.grid import down, two_digits, up
from faceaudit.systems.predictors.distances import DistanceBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

NAMES = ("bhattacharyya", "chi_square", "cosine", "euclidean")
CANDIDATES, VERIFIERS = 6000, 16


def drawn_pairs() -> PairData:
    """Return pairs of 600 people with eight photos each, no pair twice."""
    rng = np.random.default_rng(0)
    embeddings = np.repeat(rng.normal(size=(600, 64)), 8, axis=0)
    embeddings += 0.75 * rng.normal(size=embeddings.shape)
    first = rng.integers(len(embeddings), size=4 * CANDIDATES)
    genuine = rng.random(len(first)) < 0.5
    other = first // 8 * 8 + rng.integers(8, size=len(first))
    second = np.where(genuine, other, rng.integers(len(embeddings), size=len(first)))
    pairs = np.unique(np.sort(np.stack([first, second], axis=1), axis=1), axis=0)
    pairs = rng.permutation(pairs[pairs[:, 0] != pairs[:, 1]])[:CANDIDATES]
    same = pairs[:, 0] // 8 == pairs[:, 1] // 8
    return PairData(embeddings.astype(np.float32), *pairs.T, same.astype(np.float32))


PAIRS = drawn_pairs()
SAME = PAIRS.label == 1
SIDES = PAIRS.embeddings[PAIRS.first], PAIRS.embeddings[PAIRS.second]
ROWS = np.stack(
    [
        np.sort(np.random.default_rng(seed).choice(CANDIDATES, CANDIDATES // 2, replace=False))
        for seed in range(VERIFIERS)
    ]
)


def middles(name: str, rows: IntArray) -> DistanceBank:
    """Train by the rule that names pairs: the middle of the best gap, in float64."""
    distance = DISTANCES[name].pairs(*SIDES)
    found = np.empty((len(rows), 2))
    for model, mine in enumerate(rows):
        order = mine[np.argsort(distance[mine])]
        right = np.cumsum(SAME[order]) + np.cumsum(~SAME[order][::-1])[::-1] - ~SAME[order]
        gaps = np.diff(distance[order])
        best = max(range(len(gaps)), key=lambda at: (right[at], gaps[at]))
        found[model] = distance[order[best : best + 2]].mean(), 0.015 * distance.mean()
    return DistanceBank(name, found)


def served(bank: PredictorBank) -> FloatArray:
    asked = VerifierBank(bank, user_backbones=np.zeros((CANDIDATES, 1), dtype=np.int64))
    return asked.answers(SIDES[0][:, None], SIDES[1][:, None])


@pytest.mark.parametrize("name", NAMES)
def test_the_middle_of_a_gap_names_its_two_pairs(name: str) -> None:
    distance = DISTANCES[name].pairs(*SIDES)
    bank = middles(name, ROWS)
    for model, scores in enumerate(served(bank)):
        named = named_pairs(scores, distance, SAME)
        assert len(named) == 2
        assert np.isin(named, ROWS[model]).all()
        threshold = bank.state()["threshold"][model, 0].item()
        np.testing.assert_array_equal(named, pairs_beside(threshold, distance, SAME, within=1e-12))
        if not model:
            np.testing.assert_array_equal(named, pairs_named_by_any(scores, *SIDES, SAME))


@pytest.mark.parametrize("name", NAMES)
def test_a_learned_threshold_names_nobody(name: str) -> None:
    distance = DISTANCES[name].pairs(*SIDES)
    bank = predictors.build(name).fit(PAIRS, ROWS, range(VERIFIERS))
    for model, scores in enumerate(served(bank)):
        read = read_threshold(scores, distance)
        assert read is not None
        assert abs(read.value - bank.state()["threshold"][model, 0].item()) < 8 * read.error
        assert not len(pairs_named_by_any(scores, *SIDES, SAME))


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_named_to_those_who_know_the_grid(name: str) -> None:
    """A pair is certain if it stands alone in a cell that every possible gap ends in."""
    distance = DISTANCES[name].pairs(*SIDES)
    bank = predictors.build(name).fit(PAIRS, ROWS, range(VERIFIERS))
    decimals = 1 if name == "euclidean" else 2
    cell = np.rint(up(distance, decimals) * 10**decimals).astype(int)
    for threshold in bank.state()["threshold"][:, 0].tolist():
        at = round(threshold * 10**decimals)
        certain: list[set[int]] = []
        for low in range(at - 30, at + 1):
            for high in range(at + 1, at + 31):
                genuine = np.flatnonzero((cell == low) & SAME)
                impostor = np.flatnonzero((cell == high) & ~SAME)
                if (low + high) // 2 == at and len(genuine) and len(impostor):
                    alone = [side for side in (genuine, impostor) if len(side) == 1]
                    certain.append({int(side[0]) for side in alone})
        assert certain
        assert not set.intersection(*certain)


def test_the_threshold_is_read_off_the_scores() -> None:
    distance = DISTANCES["cosine"].pairs(*SIDES)
    scores = expit((0.61234567891 - distance) / 0.0234).astype(np.float32)
    read = read_threshold(scores, distance)
    assert read is not None
    assert read.error < 1e-8
    assert read.value == pytest.approx(0.61234567891, abs=8 * read.error)
    assert read.steepness == pytest.approx(0.0234, rel=1e-5)


def other_scores() -> dict[str, npt.NDArray[np.floating]]:
    scores = served(middles("cosine", ROWS[:1]))[0]
    rng = np.random.default_rng(0)
    return {
        "rounded": np.round(scores, 2),
        "labels": (scores >= 0.5).astype(np.float32),
        "noisy": np.clip(scores + 0.01 * rng.normal(size=CANDIDATES), 0.001, 0.999),
        "constant": np.full(CANDIDATES, 0.3),
        "turned": 1 - scores,
        "random": rng.random(CANDIDATES),
    }


@pytest.mark.parametrize("what", other_scores())
def test_scores_that_do_not_tell_the_threshold_name_nobody(what: str) -> None:
    assert not len(pairs_named_by_any(other_scores()[what], *SIDES, SAME))


def line(between: int) -> tuple[Float64Array, BoolArray]:
    """Return candidates with so many between the genuine pair at 0.4 and the impostor at 0.6."""
    inside = 0.4 + 0.2 * np.arange(1, between + 1) / (between + 1.3)
    distance = np.concatenate(([0.1, 0.4], inside, [0.6, 0.91]))
    same = np.arange(len(distance)) < 2 + between // 2
    return distance, same


@pytest.mark.parametrize(("between", "count"), [(0, 2), (1, 2), (2 * BETWEEN, 2), (99, 0)])
def test_candidates_between_the_two_pairs(between: int, count: int) -> None:
    named = pairs_beside(0.5, *line(between), within=1e-9)
    assert len(named) == count
    if count:
        np.testing.assert_array_equal(named, [1, between + 2])


@pytest.mark.parametrize("spare", [0, 1])
def test_the_most_between_on_a_side(spare: int) -> None:
    between = BETWEEN + spare
    distance = np.concatenate(([0.4], 0.4 + 0.09 * np.arange(1, between + 1) / between, [0.6, 0.9]))
    same = distance < 0.5
    assert len(pairs_beside(0.5, distance, same, within=1e-9)) == (0 if spare else 2)


def test_two_combinations_prove_nothing() -> None:
    distance = np.array([0.1, 0.4, 0.6, 0.9, 0.3, 0.72])
    same = distance < 0.5
    assert len(pairs_beside(0.35, np.array([0.1, 0.6, 0.9]), np.array([1, 0, 0], bool), within=0))
    assert not len(pairs_beside(0.5, distance, same, within=1e-9))


def test_a_match_that_chance_gives_proves_nothing() -> None:
    distance, same = line(0)
    assert len(pairs_beside(0.5, distance, same, within=1e-5)) == 2
    assert not len(pairs_beside(0.5, distance, same, within=1e-3))


def test_columns_must_fit_and_be_finite() -> None:
    good = np.linspace(0.1, 0.9, 12), np.linspace(0.9, 0.1, 12), np.arange(12) < 6
    for column, value, words in [
        (0, good[0][1:], "scores, distances and labels"),
        (0, np.zeros(0), "scores, distances and labels"),
        (0, good[0] * np.nan, "finite"),
        (1, good[1] * np.inf, "finite"),
    ]:
        columns = [*good]
        columns[column] = value
        with pytest.raises(InputError, match=words):
            named_pairs(*columns)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
@example(-999999.9999999999, 0)
@example(0.0001, 4)
def test_the_grid_as_decimals_are_rounded(value: float, finest: int) -> None:
    exponent = max(Decimal(value).adjusted() - 2 if value else -finest, -finest)
    step = Decimal(1).scaleb(exponent)
    low, high = (
        Decimal(value).quantize(step, rounding=way) for way in (ROUND_FLOOR, ROUND_CEILING)
    )
    rounded = float(low) if float(low) >= value else float(high)
    assert float(up(np.array(value), finest)) == rounded
    assert float(down(np.array(-value), finest)) == -rounded


def test_products_that_are_rounded_up_do_not_skip_a_threshold() -> None:
    """100 * 0.07 is more than 7, and its ceiling 8: what lies on the grid stays."""
    assert 0.07 * 100 > 7
    assert up(np.array([0.07, 0.14, 0.28]), 2).tolist() == [0.07, 0.14, 0.28]
    assert down(np.array([-0.07, -0.14, -0.28]), 2).tolist() == [-0.07, -0.14, -0.28]


@given(st.integers(-999, 999), st.integers(-3, 6))
def test_the_grid_keeps_its_own_thresholds(steps: int, decimals: int) -> None:
    value = float(f"{steps}e{-decimals}")
    for rounding in (up, down):
        assert float(rounding(np.array([value]), 6)[0]) == value


@pytest.mark.parametrize(
    ("value", "digits"), [(0.013851, 0.014), (0.99, 0.99), (0.996, 1.0), (123.0, 120.0)]
)
def test_two_digits(value: float, digits: float) -> None:
    assert two_digits(value) == digits
