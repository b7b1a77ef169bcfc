"""The middle of a photo in the shape asked for."""

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import OptionError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.crop import fit

PIXELS = np.random.default_rng(0).integers(0, 256, (120, 200, 3), dtype=np.uint8)


def framed(size, **options):
    return aligners.build({"align": "central", **options}).frame(Image.fromarray(PIXELS), 1.0, size)


@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((120, 120), PIXELS[:, 40:160]),
        ((100, 200), PIXELS[10:110]),
        ((120, 60), PIXELS[:, 70:130]),
    ],
)
def test_nothing_is_stretched(size, part):
    found = framed(size)
    np.testing.assert_array_equal(found.pixels, part)
    assert found.landmarks is None
    assert found.note == ""


def test_a_fraction_keeps_less():
    found = framed((60, 60), fraction=0.5)
    np.testing.assert_array_equal(found.pixels, PIXELS[30:90, 70:130])


def test_a_crop_of_the_same_box_gives_the_same():
    found = framed((30, 30)).pixels
    expected = fit(Image.fromarray(PIXELS), (0.0, 0.2, 1.0, 0.8), (30, 30))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("fraction", [0, 1.5, -1])
def test_fractions_that_cannot_be_are_refused(fraction):
    with pytest.raises(OptionError, match="fraction"):
        framed((60, 60), fraction=fraction)


def test_the_fraction_is_in_the_key():
    keys = {str(aligners.build({"align": "central", "fraction": f}).key()) for f in (0.5, 1.0)}
    assert len(keys) == 2
