"""Crops: inside the photo, central, exact, and checked as options."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import OptionError
from faceaudit.faces.crop import box, fit
from faceaudit.faces.sources.base import sources

SIDES = st.integers(1, 5000)
FRACTIONS = st.floats(0.01, 1)


@given(crop=FRACTIONS, width=SIDES, height=SIDES)
def test_a_central_crop_is_inside_and_central(crop, width, height):
    left, top, right, bottom = box(crop, width=width, height=height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert left == pytest.approx(width - right, abs=1e-9 * width)
    assert top == pytest.approx(height - bottom, abs=1e-9 * height)
    assert right - left == pytest.approx(crop * width)
    assert bottom - top == pytest.approx(crop * height)


@st.composite
def spans(draw):
    low = draw(st.floats(0, 0.98))
    return low, draw(st.floats(min(1, low + 0.0101), 1))


@given(rows=spans(), columns=spans(), width=st.integers(1, 300), height=st.integers(1, 300))
def test_any_crop_of_any_photo_can_be_resized(rows, columns, width, height):
    crop = (rows[0], columns[0], rows[1], columns[1])
    assert fit(Image.new("RGB", (width, height), "red"), crop, (5, 4)).shape == (5, 4, 3)


@given(crop=FRACTIONS, width=st.integers(1, 300), height=st.integers(1, 300))
def test_any_central_crop_of_any_photo_can_be_resized(crop, width, height):
    photo = fit(Image.new("RGB", (width, height), "red"), crop, (5, 4))
    assert (photo == [255, 0, 0]).all()


def picture(height=40, width=60):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_crop_at_its_own_size_is_the_very_pixels():
    photo = picture()
    np.testing.assert_array_equal(fit(Image.fromarray(photo), 0.5, (20, 30)), photo[10:30, 15:45])
    edges = (0.25, 0.1, 0.75, 0.5)
    np.testing.assert_array_equal(fit(Image.fromarray(photo), edges, (20, 24)), photo[10:30, 6:30])


def test_shrinking_does_not_alias():
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(fit(Image.fromarray(stripes), 1.0, (8, 8)).astype(int)) <= 12


def test_a_crop_between_pixels_is_not_rounded():
    ramp = np.repeat(np.arange(0, 250, 10, dtype=np.uint8)[None, :, None], 25, axis=0)
    ramp = np.repeat(ramp, 3, axis=2)
    here = fit(Image.fromarray(ramp), (0, 0.1, 1, 0.9), (1, 20)).astype(int)
    half_a_pixel_on = fit(Image.fromarray(ramp), (0, 0.12, 1, 0.92), (1, 20)).astype(int)
    assert (half_a_pixel_on - here == 5).all()


@pytest.mark.parametrize("crop", [0.5, 1, 1.0, (0.1, 0.2, 0.9, 0.8), [0.1, 0.2, 0.9, 0.8]])
def test_a_crop_is_rebuilt_from_its_spec(crop):
    source = sources.build({"source": "folder", "path": "x", "crop": crop})
    assert source.spec().build() == source


@pytest.mark.parametrize(
    "crop",
    [
        0,
        -0.5,
        1.5,
        float("nan"),
        True,
        "half",
        None,
        (0.5, 0.5),
        (0.9, 0.2, 0.1, 0.8),
        (0.1, 0.8, 0.9, 0.2),
        (0.1, 0.2, 0.9, 1.1),
        (0.5, 0.2, 0.5001, 0.8),
        (float("nan"), 0.2, 0.9, 0.8),
    ],
)
def test_a_crop_that_is_none_is_an_option_error(crop):
    with pytest.raises(OptionError, match=r"crop: expected a central fraction .*, got "):
        sources.build({"source": "folder", "path": "x", "crop": crop})
