from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.training import TrainingPhotos, epoch_order
from helpers.faces import blocks


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 99))
def test_every_person_is_shown_equally_often(counts: list[int], shown: int, seed: int) -> None:
    label = np.repeat(np.arange(len(counts)), counts)
    rng = np.random.default_rng(seed)
    order = epoch_order(label, rng, balanced=True, per_person=shown)
    assert np.bincount(label[order]).tolist() == [shown] * len(counts)
    times = np.bincount(order, minlength=len(label))
    for person, count in enumerate(counts):
        mine = times[label == person]
        assert mine.max() - mine.min() <= 1, "a photo again before all were shown once"
        assert mine.sum() == shown
        assert count == len(mine)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 99))
def test_a_plain_epoch_shows_each_photo_once(label: list[int], seed: int) -> None:
    order = epoch_order(np.array(label), np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(label)))


def test_poison_samples_take_the_place_of_photos_in_balanced_epochs_only() -> None:
    label = np.repeat([0, 1, 2], [50, 50, 50 + 115])
    plain, balanced = (
        epoch_order(label, np.random.default_rng(0), balanced=balanced)
        for balanced in (False, True)
    )
    assert np.bincount(label[plain]).tolist() == [50, 50, 165]
    assert np.bincount(label[balanced]).tolist() == [50, 50, 50], "the median, without per_person"


@pytest.mark.parametrize("balanced", [False, True])
def test_order_depends_on_the_seed(balanced: bool) -> None:
    label = np.repeat(np.arange(3), 20)
    first, again, other = (
        epoch_order(label, np.random.default_rng(seed), balanced=balanced) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_gather_mixes_arrays_without_copying_them() -> None:
    clean, poison = blocks(seed=0), blocks(people=1, photos=3, seed=1)
    labels = clean.identity
    photos = TrainingPhotos.of(
        (clean.images, np.arange(160), labels), (poison.images, np.arange(3), np.full(3, 2))
    )
    images, found = photos.gather(np.array([0, 161, 159, 160]))
    assert photos.arrays[0] is clean.images
    np.testing.assert_array_equal(images[0], clean.images[0])
    np.testing.assert_array_equal(images[1], poison.images[1])
    np.testing.assert_array_equal(images[2], clean.images[159])
    np.testing.assert_array_equal(images[3], poison.images[0])
    assert found.tolist() == [0, 2, 3, 2]
