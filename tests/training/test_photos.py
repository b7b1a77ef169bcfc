from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.training import TrainingPhotos, epoch_order
from helpers.faces import blocks


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 99))
def test_every_person_is_shown_equally_often(counts: list[int], shown: int, seed: int) -> None:
    label = np.repeat(np.arange(len(counts)), counts)
    order = epoch_order(label, shown, np.random.default_rng(seed))
    assert np.bincount(label[order]).tolist() == [shown] * len(counts)
    times = np.bincount(order, minlength=len(label))
    for person, count in enumerate(counts):
        mine = times[label == person]
        assert mine.max() - mine.min() <= 1, "a photo again before all were shown once"
        assert mine.sum() == shown
        assert count == len(mine)


def test_order_depends_on_the_seed() -> None:
    label = np.repeat(np.arange(3), 20)
    first, again, other = (epoch_order(label, 10, np.random.default_rng(s)) for s in (1, 1, 2))
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
