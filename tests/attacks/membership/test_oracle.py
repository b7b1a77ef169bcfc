"""The oracle gives scores or labels only, and counts queries."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from faceaudit.attacks.membership.base import Oracle, as_labels
from faceaudit.errors import InputError
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import FloatArray


class FirstEntry(PredictorBank):
    """The logit is the first entry of the first embedding."""

    def __init__(self, count: int) -> None:
        self.count = count

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        return np.tile(first[:, 0], (self.count, 1))

    def only(self, model: int) -> FirstEntry:
        return FirstEntry(1)

    def state(self) -> dict[str, Tensor]:
        raise NotImplementedError


def verifiers(count: int = 1) -> VerifierBank:
    return VerifierBank(FirstEntry(count), user_backbones=np.zeros((4, 1), dtype=int))


def side(logits: list[float]) -> FloatArray:
    return np.array(logits, dtype="f4").reshape(-1, 1, 1)


def test_scores_are_the_verifier_s() -> None:
    first = side([-2.0, 0.0, 1.0])
    found = Oracle(verifiers(), "scores").query(first, first)
    np.testing.assert_allclose(found, 1 / (1 + np.exp([2.0, 0.0, -1.0])), rtol=1e-6)


def test_labels_are_nothing_but_labels() -> None:
    first = side([-5.0, -1e-3, 0.0, 1e-3, 5.0])
    found = Oracle(verifiers(), "labels").query(first, first)
    np.testing.assert_array_equal(found, [0, 0, 1, 1, 1])
    assert found.dtype == np.float32


def test_every_pair_asked_about_is_a_query() -> None:
    for access in ("scores", "labels"):
        oracle = Oracle(verifiers(), access)  # type: ignore[arg-type]
        assert oracle.queries == 0
        for pairs in (3, 0, 5, 5):
            oracle.query(side([0.0] * pairs), side([0.0] * pairs))
        assert oracle.queries == 13


def test_labels_are_those_of_what_the_verifier_says_not_of_what_it_knows() -> None:
    turned = VerifierBank(
        FirstEntry(1), np.zeros((4, 1), dtype=int), answer=lambda probability, _: 1 - probability
    )
    first = side([-5.0, 5.0])
    np.testing.assert_array_equal(Oracle(turned, "labels").query(first, first), [1, 0])


def test_one_verifier_is_looked_at() -> None:
    with pytest.raises(InputError, match="expected one verifier to query, got 2"):
        Oracle(verifiers(2), "scores")


def test_a_half_accepts() -> None:
    found = as_labels(
        np.array([0.0, np.nextafter(np.float32(0.5), np.float32(0)), 0.5, 1.0], dtype="f4")
    )
    np.testing.assert_array_equal(found, [0, 0, 1, 1])
