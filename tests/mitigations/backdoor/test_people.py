"""Photos by person in blocks, and means and medians of theirs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from faceaudit.mitigations.backdoor.common import people as module
from faceaudit.mitigations.backdoor.common.people import (
    blocks_of,
    geometric_medians,
    means_by_person,
)


@pytest.mark.parametrize("least", [1, 3])
@pytest.mark.parametrize("entries", [1, 1 << 22, 1 << 24])
def test_everybody_with_enough_photos_comes_once_with_their_own(least: int, entries: int) -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 20, 90)
    label[label == 7] = 8
    met = {}
    for block in blocks_of(label, 21, lambda m: m * entries, least=least):
        widest = block.there.shape[1] * entries
        assert len(block.people) == 1 or len(block.people) * widest <= module.ENTRIES
        for person, rows, there in zip(block.people, block.rows, block.there, strict=True):
            met[int(person)] = sorted(rows[there].tolist())
    counts = np.bincount(label, minlength=21)
    expected = {k: np.flatnonzero(label == k).tolist() for k in range(21) if counts[k] >= least}
    assert met == expected


def test_means_are_those_of_each_person() -> None:
    values = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    label = np.array([0, 2, 2, 0, 2, 4, 0, 4, 2])
    means = means_by_person(values, label, 5)
    for person in (0, 2, 4):
        np.testing.assert_allclose(means[person], values[label == person].mean(axis=0), rtol=1e-5)
    assert np.isnan(means[[1, 3]]).all()


def test_geometric_medians_have_the_least_sum_of_distances() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_t(2, (4, 15, 3))
    there = np.arange(15)[None] < np.array([15, 9, 4, 12])[:, None]
    points[~there] = 1e6
    found = geometric_medians(np.where(there[..., None], points, 0), there, steps=200)
    for person in range(4):
        mine = points[person][there[person]]
        best = minimize(
            lambda at, mine=mine: np.linalg.norm(mine - at, axis=1).sum(),
            mine.mean(axis=0),
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
        )
        np.testing.assert_allclose(found[person], best.x, atol=1e-3)
