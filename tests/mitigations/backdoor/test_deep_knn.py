"""Deep k-NN, against scikit-learn's neighbours."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from faceaudit.mitigations.backdoor.deep_knn import DeepKnn
from mitigations.backdoor.planted import auc_within, gaussian, none_of, seen_of, suspect


def test_shares_are_those_of_weighted_neighbours() -> None:
    seen, clean, _ = gaussian(people=6, photos=10, poison=5)
    crowded = seen_of(
        seen.embeddings / 8 + np.random.default_rng(0).normal(size=seen.embeddings.shape),
        seen.label,
        6,
    )
    found = suspect(DeepKnn(neighbours=7), crowded, none_of(clean))
    points = crowded.embeddings.astype(np.float64)
    away, nearest = NearestNeighbors(n_neighbors=8).fit(points).kneighbors(points)
    away, nearest = away[:, 1:], nearest[:, 1:]
    weight = 1 / (away + 1e-6)
    other = (weight * (crowded.label[nearest] != crowded.label[:, None])).sum(axis=1)
    expected = other / weight.sum(axis=1)
    np.testing.assert_allclose(found.photos, expected, atol=2e-3)


def test_photos_among_other_people_are_suspected_and_their_label_with_them() -> None:
    """Poison that keeps the look of the person whom it shows."""
    seen, clean, poison = gaussian(poison=10, shift=0.0)
    points = seen.embeddings.copy()
    others = np.flatnonzero(~poison & (seen.label != 3))[:10]
    points[poison] = points[others] + 0.01
    moved = seen_of(points, seen.label, seen.logits.shape[1])
    for vouched in (clean, none_of(clean)):
        found = suspect(DeepKnn(), moved, vouched)
        assert auc_within(found, seen, poison) > 0.95
    assert np.argmax(suspect(DeepKnn(), moved, clean).people) == 3


def test_a_person_with_few_photos_is_not_suspected_for_that() -> None:
    """Photos that are far from all others agree with their label, however few there are."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(4), (2, 3, 10, 40))
    points = 50 * np.eye(4)[label] + rng.normal(0, 0.1, (len(label), 4))
    seen = seen_of(points, label, 4)
    found = suspect(DeepKnn(), seen, none_of(seen))
    np.testing.assert_array_equal(found.people, 0)
    poisoned = np.where(np.arange(len(label)) == 54, 0, label)
    assert np.argmax(suspect(DeepKnn(), seen_of(points, poisoned, 4), none_of(seen)).people) == 0


def test_no_photo_is_its_own_neighbour_and_few_are_asked() -> None:
    seen, clean, _ = gaussian(people=3, photos=4, poison=0)
    found = suspect(DeepKnn(neighbours=100, reference=5), seen, none_of(clean))
    assert ((found.photos >= 0) & (found.photos <= 1.01)).all()
