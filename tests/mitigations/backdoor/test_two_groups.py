"""Two groups of many people's photos at once, against scikit-learn's k-means."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from faceaudit.mitigations.backdoor.common.two_groups import (
    silhouettes,
    suspected_second,
    two_groups,
)


def people(seed: int = 0):  # type: ignore[no-untyped-def]
    """Return (3, 20, 4) points, and which places hold one."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(3, 20, 4))
    points[:, :6, 0] += np.array([0, 4, 9])[:, None]
    there = np.arange(20)[None] < np.array([20, 15, 11])[:, None]
    points[~there] = 0
    return points, there


def test_the_spread_is_about_the_least_that_scikit_learn_finds() -> None:
    for seed in range(5):
        points, there = people(seed)
        found = two_groups(points, there)
        for person in range(3):
            mine = points[person][there[person]]
            best = KMeans(2, n_init=50, random_state=0).fit(mine).inertia_
            slack = 1.12 if person == 0 else 1.0001  # one cloud alone has many cuts as good
            assert best * 0.9999 <= found.spread[person] <= best * slack


def test_silhouettes_are_those_of_scikit_learn() -> None:
    points, there = people()
    second = two_groups(points, there).second
    found = silhouettes(points, there, second)
    for person in range(3):
        mine = there[person]
        expected = silhouette_score(points[person][mine], second[person][mine])
        np.testing.assert_allclose(found[person], expected)


def test_silhouettes_of_one_group_alone_are_not_known() -> None:
    points, there = people()
    assert np.isnan(silhouettes(points, there, np.zeros_like(there))).all()


def test_the_group_far_from_vouched_photos_is_suspected_else_the_smaller() -> None:
    points, there = people()
    groups = two_groups(points, there)
    at_the_few = np.array([[np.nan] * 4, [4, 0, 0, 0], [np.nan] * 4])
    found = suspected_second(groups, points, there, at_the_few)
    sizes = found.second.sum(axis=1)
    assert sizes[1] > there[1].sum() / 2
    assert sizes[2] <= there[2].sum() / 2
    assert found.second[1, 6:15].all()
    assert found.second[2, :6].sum() in (0, 6) or sizes[2] == 5
