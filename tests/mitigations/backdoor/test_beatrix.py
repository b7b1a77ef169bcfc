"""Beatrix, against Gram matrices one by one and discrepancies by double loops."""

from __future__ import annotations

import numpy as np

from faceaudit.mitigations.backdoor.beatrix import Beatrix
from faceaudit.mitigations.backdoor.common.outlying import deviations
from mitigations.backdoor.planted import gaussian, none_of, suspect


def test_deviations_are_those_of_whole_gram_matrices() -> None:
    seen, clean, _ = gaussian(people=5, photos=8, poison=4, size=6)
    found = suspect(Beatrix(tolerance=0.5), seen, clean)
    grams = [np.outer(one, one)[np.triu_indices(6)] for one in clean.embeddings]
    medians = np.stack(
        [
            np.median([g for g, k in zip(grams, clean.label, strict=True) if k == p], axis=0)
            for p in range(5)
        ]
    )
    away = np.abs(np.stack(grams) - medians[clean.label])
    unit = np.median(away, axis=0)
    unit = np.maximum(unit, 0.1 * unit.mean())
    for row, one in enumerate(seen.embeddings):
        gram = np.outer(one, one)[np.triu_indices(6)]
        beyond = np.abs(gram - medians[seen.label[row]]) / unit - 0.5
        np.testing.assert_allclose(
            found.photos[row], np.maximum(beyond, 0).mean(), rtol=1e-3, atol=1e-3
        )


def test_higher_orders_of_one_position_are_the_same_matrix_again() -> None:
    """Why the paper's higher orders are left out: (x^p y^p)^(1/p) is x y."""
    one = np.abs(np.random.default_rng(0).normal(size=7))
    for order in (2, 3, 9):
        again = np.outer(one**order, one**order) ** (1 / order)
        np.testing.assert_allclose(again, np.outer(one, one))


def test_people_are_suspected_by_the_maximum_mean_discrepancy() -> None:
    seen, clean, _ = gaussian(people=4, photos=6, poison=3, clean=3, size=4)
    found = suspect(Beatrix(), seen, clean)
    values = []
    for person in range(4):
        first = seen.embeddings[seen.label == person].astype(np.float64)
        second = clean.embeddings[clean.label == person].astype(np.float64)
        apart = [
            ((a - b) ** 2).sum() for i, a in enumerate(first) for j, b in enumerate(first) if i != j
        ]
        width = np.median(apart)

        def kernel(a, b, width=width):  # type: ignore[no-untyped-def]
            return np.exp(-((a - b) ** 2).sum() / width)

        def within(points, kernel=kernel):  # type: ignore[no-untyped-def]
            count = len(points)
            return sum(
                kernel(points[i], points[j]) for i in range(count) for j in range(count) if i != j
            ) / (count * (count - 1))

        across = np.mean([kernel(a, b) for a in first for b in second])
        values.append(within(first) + within(second) - 2 * across)
    np.testing.assert_allclose(found.people, deviations(np.array(values)), rtol=1e-3, atol=1e-3)


def test_nothing_is_said_of_people_for_whom_nobody_vouches() -> None:
    seen, clean, _ = gaussian()
    assert np.isnan(suspect(Beatrix(), seen, none_of(clean)).people).all()


def test_entries_are_drawn_from_many() -> None:
    seen, clean, poison = gaussian(size=60)
    few = suspect(Beatrix(entries=200), seen, clean)
    mine = seen.label == 3
    assert few.photos[mine & poison].min() > np.median(few.photos[mine & ~poison])
