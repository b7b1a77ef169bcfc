from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.metrics.overlap import overlap
from faceaudit.types import BoolArray, IntArray


def drawn(seed: int, shares: list[float], members: int = 500) -> tuple[BoolArray, IntArray]:
    """Return what independent attacks find, each its share, of members of four models."""
    rng = np.random.default_rng(seed)
    model = np.arange(members) % 4
    return rng.random((len(shares), members)) < np.array(shares)[:, None], model


def test_every_combination_is_counted_as_by_hand() -> None:
    found, model = drawn(0, [0.5, 0.3, 0.2])
    result = overlap(found, model)
    assert result.n == 500
    assert sum(one.count for one in result.combinations) == 500
    assert sum(one.expected for one in result.combinations) == pytest.approx(500)
    assert {one.by for one in result.combinations} == set(product((True, False), repeat=3))
    for one in result.combinations:
        assert one.count == sum(tuple(column) == one.by for column in found.T.tolist())
        expected = 0.0
        for number in range(4):
            part = found[:, model == number]
            chance = 1.0
            for row, by in zip(part, one.by, strict=True):
                chance *= row.mean() if by else 1 - row.mean()
            expected += chance * part.shape[1]
        assert one.expected == pytest.approx(expected)
    assert [one.count for one in result.combinations] == sorted(
        (one.count for one in result.combinations), reverse=True
    )


def test_found_alone_and_by_number() -> None:
    found, model = drawn(1, [0.5, 0.3, 0.2, 0.6])
    result = overlap(found, model)
    times = found.sum(axis=0)
    assert [result.found_by(number)[0] for number in range(5)] == [
        int((times == number).sum()) for number in range(5)
    ]
    assert result.found == tuple(row.sum() for row in found)
    assert result.alone == tuple(int((row & (times == 1)).sum()) for row in found)


def test_independent_attacks_find_together_what_is_expected() -> None:
    gaps = []
    for seed in range(200):
        found, model = drawn(seed, [0.4, 0.4])
        count, expected = overlap(found, model).found_by(2)
        gaps.append(count - expected)
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / np.sqrt(len(gaps))


def test_a_model_that_gives_more_away_to_all_is_no_agreement() -> None:
    model = np.repeat([0, 1], 100)
    found = np.tile(model == 0, (2, 1))
    assert overlap(found, model).found_by(2) == (100, 100.0)
    assert overlap(found, np.zeros(200, dtype=int)).found_by(2) == (100, 50.0)


@pytest.mark.parametrize(
    "found",
    [
        np.ones((1, 4), dtype=bool),
        np.ones((6, 4), dtype=bool),
        np.ones((2, 0), dtype=bool),
        np.ones((2, 4)),
        np.ones(4, dtype=bool),
    ],
)
def test_what_cannot_be_compared_is_refused(found: BoolArray) -> None:
    with pytest.raises(InputError, match="expected what 2 to 5 attacks find"):
        overlap(found, np.zeros(4, dtype=int))


def test_models_have_to_fit() -> None:
    with pytest.raises(InputError, match="expected models"):
        overlap(np.ones((2, 4), dtype=bool), np.zeros(3, dtype=int))
