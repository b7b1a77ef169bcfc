"""Photos of the synthetic source rendered once more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.faces.synthetic.objects import draw_object


@pytest.mark.parametrize("aligned", [False, True])
def test_ids_give_the_photos_that_were_loaded(tmp_path: Path, aligned: bool) -> None:
    source = Synthetic(people=3, photos=10, sessions=3, aligned=aligned, seed=4)
    faces = source.load((56, 48), cache=tmp_path).faces
    rows = np.array([29, 3, 3, 11, 0])
    images, landmarks = source.reshoot([faces.ids[row] for row in rows], (56, 48))
    apart = np.abs(images.astype(int) - faces.images[rows])
    assert apart.mean() < 0.05  # sums are rounded otherwise in blocks
    np.testing.assert_allclose(landmarks, faces.landmarks[rows], atol=1e-4)


def test_it_does_not_matter_how_many_photos_the_source_has() -> None:
    few, many = (Synthetic(people=2, photos=n, sessions=1) for n in (2, 90))
    ids = ["p0001/s00/0001"]
    one, two = (source.reshoot(ids, (56, 48))[0] for source in (few, many))
    np.testing.assert_array_equal(one, two)


def test_what_is_worn_shows() -> None:
    source = Synthetic(people=2, photos=2, sessions=1, glasses=0.0)
    bare, _ = source.reshoot(["p0001/s00/0001"], (56, 48))
    worn, _ = source.reshoot(["p0001/s00/0001"], (56, 48), worn=draw_object("mask-black"))
    assert np.abs(bare.astype(int) - worn).mean() > 5


def test_other_ids_are_refused() -> None:
    with pytest.raises(InputError, match=r"expected ids of synthetic photos.*'anna/1.jpg'"):
        Synthetic().reshoot(["anna/1.jpg"], (56, 48))
