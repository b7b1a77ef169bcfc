"""SCAn, against normal likelihoods by SciPy."""

from __future__ import annotations

import numpy as np
from scipy.stats import median_abs_deviation, multivariate_normal

from faceaudit.mitigations.backdoor.common.outlying import deviations
from faceaudit.mitigations.backdoor.scan_statistics import ScanStatistics
from mitigations.backdoor.planted import gaussian, suspect


def test_ratios_are_those_of_normal_likelihoods_with_one_covariance() -> None:
    seen, clean, poison = gaussian(people=40, clean=40, size=5)
    found = suspect(ScanStatistics(), seen, clean)
    ratio = []
    means = np.stack([clean.embeddings[clean.label == k].mean(axis=0) for k in range(40)])
    away = (clean.embeddings - means[clean.label]).astype(np.float64)
    covariance = away.T @ away / len(away)
    covariance = 0.95 * covariance + 0.05 * np.eye(5) * np.trace(covariance) / 5
    for person in range(40):
        mine = seen.label == person
        points = seen.embeddings[mine].astype(np.float64)
        second = found.photos[mine] > 0
        groups = [points[~second], points[second]]
        inside = [multivariate_normal(g.mean(axis=0), covariance) for g in groups]
        two = sum(one.logpdf(g).sum() for one, g in zip(inside, groups, strict=True))
        one = multivariate_normal(points.mean(axis=0), covariance).logpdf(points).sum()
        ratio.append(2 * (two - one) / mine.sum())
        expected = inside[1].logpdf(points) - inside[0].logpdf(points)
        np.testing.assert_allclose(found.photos[mine], expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found.people, deviations(np.array(ratio)), rtol=1e-3, atol=1e-3)
    assert poison.any()


def test_deviations_are_in_scaled_median_absolute_deviations() -> None:
    values = np.random.default_rng(0).normal(size=99)
    expected = (values - np.median(values)) / median_abs_deviation(values, scale="normal")
    np.testing.assert_allclose(deviations(values), expected, rtol=1e-4)
    holed = np.append(values, np.nan)
    np.testing.assert_allclose(deviations(holed)[:-1], expected, rtol=1e-4)
    assert np.isnan(deviations(holed)[-1])
    assert deviations(np.ones(4)).tolist() == [0, 0, 0, 0]
