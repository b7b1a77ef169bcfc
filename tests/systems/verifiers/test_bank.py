"""Trained verifiers as others may use them, with predictors whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank, unchanged
from faceaudit.types import FloatArray


class Dots(PredictorBank):
    """The logit of model m is (m + 1) times the dot product of the embeddings."""

    def __init__(self, factors: tuple[float, ...]) -> None:
        self.count = len(factors)
        self._factors = factors

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        dots = np.sum(first * second, axis=1)
        return np.stack([factor * dots for factor in self._factors]).astype("f4")

    def only(self, model: int) -> Dots:
        return Dots(self._factors[model : model + 1])

    def state(self) -> dict[str, Tensor]:
        raise NotImplementedError


def sides(pairs: int = 6, several: int = 1) -> tuple[FloatArray, FloatArray]:
    one, two = np.random.default_rng(0).normal(size=(2, pairs, several, 4)).astype("f4")
    return one, two


@pytest.mark.parametrize("several", [1, 3])
def test_answers_are_the_mean_probability_of_the_backbones(several: int) -> None:
    first, second = sides(several=several)
    bank = Dots((1.0, -2.0))
    found = VerifierBank(bank, user_backbones=np.zeros((6, several), dtype=int)).answers(
        first, second
    )
    assert found.shape == (2, 6)
    assert found.dtype == np.float32
    for model, factor in enumerate((1.0, -2.0)):
        for pair in range(6):
            logits = factor * np.sum(first[pair] * second[pair], axis=1)
            assert found[model, pair] == pytest.approx(np.mean(1 / (1 + np.exp(-logits))), rel=1e-5)


def test_the_mean_is_of_probabilities_not_of_logits() -> None:
    first = np.array([[[30.0], [-1.0]]], dtype="f4")
    found = VerifierBank(Dots((1.0,)), user_backbones=np.zeros((1, 2), dtype=int)).answers(
        first, np.ones((1, 2, 1), dtype="f4")
    )
    assert found[0, 0] == pytest.approx((1 + 1 / (1 + np.e)) / 2)


def test_extreme_logits_are_answered_without_a_warning() -> None:
    first = np.array([[[1e4]], [[-1e4]], [[0.0]]], dtype="f4")
    found = VerifierBank(Dots((1.0,)), user_backbones=np.zeros((3, 1), dtype=int)).answers(
        first, np.ones_like(first)
    )
    np.testing.assert_array_equal(found, [[1, 0, 0.5]])


def test_what_is_done_to_answers_is_told_which_verifier_speaks() -> None:
    def noted(probability: FloatArray, model: int) -> FloatArray:
        assert probability.shape == (6,)
        return np.full_like(probability, model / 10)

    first, second = sides()
    three = VerifierBank(
        Dots((1.0, 2.0, 3.0)), user_backbones=np.zeros((6, 1), dtype=int), answer=noted
    )
    np.testing.assert_allclose(three.answers(first, second)[:, 0], [0.0, 0.1, 0.2])
    np.testing.assert_allclose(three.only(2).answers(first, second)[:, 0], [0.2])
    np.testing.assert_allclose(three.only(2).only(0).answers(first, second)[:, 0], [0.2])


def test_only_one_of_them_keeps_what_is_its_own() -> None:
    assigned = np.arange(18).reshape(3, 6)
    three = VerifierBank(Dots((1.0, 2.0, 3.0)), np.zeros((6, 1), dtype=int), assigned)
    one = three.only(1)
    assert (three.count, one.count, three.numbers, one.numbers) == (3, 1, (0, 1, 2), (1,))
    assert one.trained_backbone is not None
    np.testing.assert_array_equal(one.trained_backbone, assigned[1:2])
    first, second = sides()
    np.testing.assert_array_equal(one.answers(first, second), three.answers(first, second)[1:2])
    assert VerifierBank(Dots((1.0,)), three.user_backbones).only(0).trained_backbone is None


def test_plain_answers_are_the_probability() -> None:
    some = np.array([0.1, 0.9], dtype="f4")
    assert unchanged(some, 3) is some
