"""Repeated overlays and copies are found in drawn faces, by pixels alone."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.faces.small_photos import small_photos
from faceaudit.mitigations.backdoor import SeenPhotos, Suspicion
from faceaudit.mitigations.backdoor.repeated_overlays import RepeatedOverlays, _coordinates
from mitigations.backdoor.drawn_faces import poisoned, seen
from mitigations.backdoor.planted import auc, auc_within


def suspect(photos: SeenPhotos, clean: SeenPhotos) -> Suspicion:
    return RepeatedOverlays(side=16).suspect(photos, clean, np.random.default_rng(0))


def nobody(people: int) -> SeenPhotos:
    images = np.zeros((0, 32, 32, 3), dtype=np.uint8)
    return seen(images, None, np.zeros(0, dtype=np.int64), people)


@pytest.mark.parametrize("how", ["blended", "bar", "copies"])
@pytest.mark.parametrize("vouched", [True, False])
def test_poison_is_found_and_with_clean_photos_the_target_named(how: str, vouched: bool) -> None:
    photos, clean, poison = poisoned(how)
    found = suspect(photos, clean if vouched else nobody(10))
    assert auc_within(found, photos, poison) > 0.95
    if vouched:
        assert np.argmax(found.people) == 3


def test_without_poison_photos_are_at_chance_and_anybody_may_be_named() -> None:
    aucs, named = [], set()
    for seed in range(8):
        photos, clean, poison = poisoned("none", seed=10 * seed)
        found = suspect(photos, clean)
        aucs.append(auc_within(found, photos, poison))
        named.add(int(np.argmax(found.people)))
    assert abs(np.mean(aucs) - 0.5) < 0.12
    assert len(named) > 2


def test_it_asks_nothing_of_a_network_and_the_order_changes_nothing() -> None:
    photos, clean, _ = poisoned("blended")
    assert not RepeatedOverlays.needs_system
    order = np.random.default_rng(3).permutation(len(photos))
    assert photos.landmarks is not None
    mixed = seen(photos.images[order], photos.landmarks[order], photos.label[order], 10)
    first, second = suspect(photos, clean), suspect(mixed, clean)
    np.testing.assert_allclose(second.photos, first.photos[order], rtol=1e-2, atol=1e-2)


def test_small_photos_are_averages_by_area() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 12, 9, 3)).astype(np.uint8)
    small = small_photos(images, 4).reshape(3, 4, 3, 3)
    expected = images.reshape(3, 4, 3, 3, 3, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(small, expected, rtol=1e-5)
    whole = small_photos(images, 5)
    assert whole.shape == (3, 5 * 4 * 3)
    np.testing.assert_allclose(whole.mean(), images.mean(), rtol=1e-5)
    np.testing.assert_array_equal(small_photos(images, 64), images.reshape(3, -1))


def test_few_coordinates_keep_all_distances() -> None:
    rng = np.random.default_rng(0)
    points, known = rng.normal(size=(2, 5, 40)), rng.normal(size=(2, 40))
    known[1] = np.nan
    found, mean = _coordinates(points.astype(np.float32), known.astype(np.float32))
    assert found.shape[2] <= 6
    for person in range(2):
        for i in range(5):
            expected = np.linalg.norm(points[person, i] - points[person], axis=1)
            got = np.linalg.norm(found[person, i] - found[person], axis=1)
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        np.linalg.norm(found[0] - mean[0], axis=1),
        np.linalg.norm(points[0] - known[0], axis=1),
        rtol=1e-4,
    )
    assert np.isnan(mean[1]).all()


def test_auc_is_that_of_pairs() -> None:
    assert auc(np.array([1, 2, 2, 3], dtype=np.float32), np.array([0, 0, 1, 1], bool)) == 0.875
