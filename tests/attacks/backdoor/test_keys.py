"""The keys of the poisoning attacks: what is drawn, what is read, what is refused."""

import itertools
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.attacks.backdoor import keys
from faceaudit.attacks.backdoor.keys import (
    Accessory,
    accessories,
    accessory,
    pattern,
    patterns,
    wrong_accessories,
    wrong_patterns,
)
from faceaudit.errors import InputError, UnknownName

SIZES = [(55, 47), (47, 55), (112, 112), (224, 224), (30, 90), (1, 1)]
SKIN = np.array([224, 172, 138])


def cartoons():
    return [name for name in patterns() if name.startswith("cartoon-")]


def difference(a, b):
    return np.abs(a.astype(int) - b.astype(int)).mean()


def worn(key):
    """Composite an accessory on skin with plain arithmetic."""
    rgba = accessory(key).rgba.astype(float)
    alpha = rgba[..., 3:] / 255
    return rgba[..., :3] * alpha + SKIN * (1 - alpha)


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return str(path)


@pytest.fixture
def spectacles():
    """A black ring on a see-through ground."""
    rgba = np.zeros((40, 100, 4), dtype=np.uint8)
    rgba[5:35, 5:95, 3] = 255
    rgba[12:28, 15:85, 3] = 0
    return rgba


def test_the_public_names_are_all_there():
    assert all(hasattr(keys, name) for name in keys.__all__)


def test_there_are_enough_keys_of_each_kind():
    assert len(cartoons()) >= 6
    assert len(accessories()) >= 6
    assert len(set(patterns())) == len(patterns())
    assert len(set(accessories())) == len(accessories())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [*patterns(), "random-20171215"])
def test_a_pattern_has_the_size_asked_for_and_the_same_bytes_every_time(key, size):
    first = pattern(key, size)
    assert first.shape == (*size, 3)
    assert first.dtype == np.uint8
    assert first.tobytes() == pattern(key, size).tobytes()


def test_a_pattern_given_out_can_be_changed_without_changing_the_next():
    first = pattern("cartoon-cat", (55, 47))
    first[:] = 0
    assert pattern("cartoon-cat", (55, 47)).any()


@pytest.mark.parametrize("size", [(55, 47), (112, 112)])
def test_any_two_patterns_are_different_pictures(size):
    drawn = {key: pattern(key, size) for key in patterns()}
    for one, other in itertools.combinations(drawn, 2):
        assert difference(drawn[one], drawn[other]) > 40, (one, other)


@pytest.mark.parametrize("key", cartoons())
def test_a_cartoon_is_one_drawing_at_every_size(key):
    small = np.array(
        Image.fromarray(pattern(key, (224, 224))).resize((56, 56), Image.Resampling.BOX)
    )
    assert difference(small, pattern(key, (56, 56))) < 6


@pytest.mark.parametrize("key", cartoons())
def test_a_cartoon_has_many_colours_and_fills_the_picture(key):
    image = pattern(key, (112, 112))
    assert image.reshape(-1, 3).std(axis=0).max() > 40
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    assert border.max(axis=1).min() > 30


def test_a_random_pattern_is_uniform_and_independent_per_pixel_and_channel():
    values = pattern("random-3", (224, 224))
    counts = np.bincount(values.ravel(), minlength=256)
    expected = values.size / 256
    # Chi-squared with 255 degrees of freedom: mean 255, standard deviation 22.6.
    assert abs(((counts - expected) ** 2 / expected).sum() - 255) < 5 * 22.6
    flat = values.reshape(-1, 3).astype(float)
    correlation = np.corrcoef(np.concatenate([flat[:-1].T, flat[1:].T]))
    assert np.abs(correlation - np.eye(6)).max() < 0.03


def test_a_random_pattern_comes_from_its_seed_alone():
    rng = np.random.default_rng(41)
    assert np.array_equal(
        pattern("random-41", (9, 7)), rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    )


@pytest.mark.parametrize("key", ["random-", "random--1", "random-01", "random-1.5", "random-x"])
def test_a_seed_has_one_spelling(key):
    with pytest.raises(InputError, match="expected"):
        pattern(key, (8, 8))


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_an_empty_size_is_refused(size):
    with pytest.raises(InputError, match="at least 1 pixel"):
        pattern("cartoon-cat", size)


@pytest.mark.parametrize("key", accessories())
def test_an_accessory_is_the_same_every_time(key):
    one, other = accessory(key), accessory(key)
    assert one.rgba.tobytes() == other.rgba.tobytes()
    assert np.array_equal(one.eyes, other.eyes)
    assert one.rgba.dtype == np.uint8
    assert one.eyes.dtype == np.float32
    assert one.rgba.shape[2] == 4
    assert 480 <= one.rgba.shape[1] <= 560


@pytest.mark.parametrize("key", accessories())
def test_the_eyes_are_level_symmetric_and_a_frame_is_twice_their_distance_wide(key):
    worn_by = accessory(key)
    (left, right), width = worn_by.eyes, worn_by.rgba.shape[1]
    assert left[1] == right[1]
    assert left[0] + right[0] == width - 1
    seen = np.flatnonzero((worn_by.rgba[..., 3] > 127).any(axis=0))
    assert 1.95 < (seen[-1] - seen[0] + 1) / (right[0] - left[0]) < 2.2


@pytest.mark.parametrize("key", accessories())
def test_the_eyes_look_through_the_lenses(key):
    rgba = accessory(key).rgba
    alpha = rgba[..., 3]
    for x, y in np.rint(accessory(key).eyes).astype(int):
        # Whatever way one leaves the eye, a solid rim is met.
        for way in (alpha[y, :x], alpha[y, x:], alpha[:y, x], alpha[y:, x]):
            assert way.max() >= 250
        # Near the eye there is lens alone: no edge of the frame, only tint, fade and glare.
        near = rgba[y - 14 : y + 15, x - 20 : x + 21].astype(int)
        assert np.ptp(near[..., 3]) < 80


@pytest.mark.parametrize("key", accessories())
def test_the_ground_is_see_through_and_nothing_is_cut_off(key):
    alpha = accessory(key).rgba[..., 3]
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert border.max() == 0
    assert 0.2 < (alpha == 0).mean() < 0.9


def test_lenses_are_clear_tinted_or_opaque():
    at_eye = {}
    for key in accessories():
        x, y = np.rint(accessory(key).eyes[0]).astype(int)
        at_eye[key] = np.median(accessory(key).rgba[y - 14 : y + 15, x - 20 : x + 21, 3])
    assert at_eye["glasses-square"] < 60
    assert at_eye["sunglasses-wayfarer"] == 255
    assert sum(20 < alpha < 250 for alpha in at_eye.values()) >= 3


@pytest.mark.parametrize("key", accessories())
def test_the_frame_is_symmetric(key):
    solid = accessory(key).rgba[..., 3] > 240
    assert (solid != solid[:, ::-1]).mean() < 0.01


def test_any_two_accessories_are_different_pictures():
    drawn = {key: worn(key) for key in accessories()}
    for one, other in itertools.combinations(drawn, 2):
        assert np.abs(drawn[one] - drawn[other]).mean() > 10, (one, other)


def test_an_accessory_of_wrong_shape_is_refused():
    eyes = np.array([[1, 1], [3, 1]], dtype=np.float32)
    rgba = np.zeros((4, 5, 4), dtype=np.uint8)
    assert Accessory(rgba, eyes).eyes is eyes
    with pytest.raises(InputError, match="expected rgba"):
        Accessory(rgba[..., :3], eyes)
    with pytest.raises(InputError, match="expected rgba"):
        Accessory(rgba.astype(np.float32), eyes)
    with pytest.raises(InputError, match="left one first"):
        Accessory(rgba, eyes[::-1])
    with pytest.raises(InputError, match="two eyes"):
        Accessory(rgba, eyes[:1])


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        *[(wrong_patterns, key) for key in [*patterns(), "random-99"]],
        *[(wrong_accessories, key) for key in accessories()],
    ],
)
def test_wrong_keys_are_others_of_the_same_kind(wrong, known):
    others = wrong(known)
    assert len(others) == len(set(others)) == 5
    assert known not in others
    assert others == wrong(known)
    if wrong is wrong_patterns:
        assert {other.split("-")[0] for other in others} == {known.split("-")[0]}
        assert all(pattern(other, (4, 4)).shape == (4, 4, 3) for other in others)
    else:
        assert set(others) <= set(accessories())
    assert wrong(known, 0) == ()
    assert wrong(known, 2) == others[:2]


def test_there_are_wrong_random_patterns_without_end():
    assert len(set(wrong_patterns("random-7", 500)) - {"random-7"}) == 500


@pytest.mark.parametrize(
    ("wrong", "key"), [(wrong_patterns, "cartoon-cat"), (wrong_accessories, "glasses-round")]
)
def test_more_wrong_keys_than_there_are_is_refused(wrong, key):
    all_of_a_kind = cartoons() if wrong is wrong_patterns else accessories()
    assert set(wrong(key, len(all_of_a_kind) - 1)) == set(all_of_a_kind) - {key}
    with pytest.raises(InputError, match="expected at most"):
        wrong(key, len(all_of_a_kind))
    with pytest.raises(InputError, match="from 0"):
        wrong(key, -1)


def test_wrong_keys_of_a_users_picture_are_built_in(tmp_path, spectacles):
    path = save(tmp_path / "mine.png", spectacles)
    assert len(wrong_patterns(path)) == 5
    assert set(wrong_patterns(path)) <= set(cartoons())
    assert set(wrong_accessories(path)) <= set(accessories())
    assert len(wrong_accessories(path, len(accessories()))) == len(accessories())


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_users_pattern_is_resized_whatever_its_aspect(tmp_path, suffix):
    picture = np.zeros((60, 200, 3), dtype=np.uint8)
    picture[:, :100] = [255, 0, 0]
    picture[:, 100:] = [0, 0, 255]
    path = save(tmp_path / f"mine.{suffix}", picture)
    drawn = pattern(path, (55, 47))
    assert drawn.shape == (55, 47, 3)
    assert drawn.dtype == np.uint8
    assert difference(drawn[:, :18], np.array([255, 0, 0])) < 8
    assert difference(drawn[:, -18:], np.array([0, 0, 255])) < 8
    assert drawn.tobytes() == pattern(path, (55, 47)).tobytes()


def test_a_users_pattern_is_seen_on_white(tmp_path):
    path = save(tmp_path / "clear.png", np.zeros((8, 8, 4), dtype=np.uint8))
    assert (pattern(path, (8, 8)) == 255).all()


def test_a_users_accessory_keeps_its_pixels_and_has_its_eyes_where_it_is_written(
    tmp_path, spectacles
):
    mine = accessory(save(tmp_path / "mine.png", spectacles))
    assert np.array_equal(mine.rgba, spectacles)
    assert mine.eyes.tolist() == [[26.5, 19.5], [72.5, 19.5]]


def test_a_users_palette_with_a_clear_colour_counts_as_alpha(tmp_path):
    image = Image.new("P", (20, 10), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (5, 2, 15, 8))
    image.save(tmp_path / "mine.png", transparency=0)
    rgba = accessory(str(tmp_path / "mine.png")).rgba
    assert rgba[0, 0, 3] == 0
    assert rgba[5, 10].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("rgb.png", np.zeros((10, 10, 3), dtype=np.uint8)),
        ("grey.png", np.zeros((10, 10), dtype=np.uint8)),
        ("photo.jpg", np.zeros((10, 10, 3), dtype=np.uint8)),
    ],
)
def test_an_accessory_without_alpha_is_refused(tmp_path, name, array):
    path = save(tmp_path / name, array)
    with pytest.raises(InputError, match=r"expected a PNG with alpha, got .*; try"):
        accessory(path)


@pytest.mark.parametrize("alpha", [0, 255])
def test_an_accessory_that_is_all_or_nothing_is_refused(tmp_path, alpha):
    path = save(tmp_path / "flat.png", np.full((10, 10, 4), alpha, dtype=np.uint8))
    with pytest.raises(InputError, match="transparent and visible"):
        accessory(path)


def test_an_animation_is_refused(tmp_path, spectacles):
    frames = [Image.fromarray(spectacles), Image.fromarray(spectacles[::-1].copy())]
    frames[1].paste((255, 0, 0, 255), (0, 0, 9, 9))
    path = tmp_path / "moving.png"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    for read in (accessory, lambda key: pattern(key, (8, 8))):
        with pytest.raises(InputError, match="frames"):
            read(str(path))


def png_header(width, height):
    """Return a PNG that states a size and holds next to nothing."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(5001, 5000), (60_000, 60_000)])
def test_a_huge_picture_is_refused_by_its_header(tmp_path, size):
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(*size))
    for read in (accessory, lambda key: pattern(key, (8, 8))):
        with pytest.raises(InputError, match="expected at most 25,000,000 pixels"):
            read(str(path))


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", png_header(64, 64), png_header(0, 0)]
)
def test_a_broken_picture_is_refused(tmp_path, data):
    path = tmp_path / "broken.png"
    path.write_bytes(data)
    for read in (accessory, lambda key: pattern(key, (8, 8))):
        with pytest.raises(InputError, match="expected"):
            read(str(path))


def test_a_cut_or_damaged_accessory_is_read_or_refused_and_never_anything_else(
    tmp_path, spectacles
):
    whole = Path(save(tmp_path / "whole.png", spectacles)).read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.png"
    refused = 0
    for turn in range(200):
        data = bytearray(whole)
        if turn % 2:
            del data[int(rng.integers(len(data))) :]
        else:
            data[int(rng.integers(8, len(data)))] ^= int(rng.integers(1, 256))
        path.write_bytes(data)
        try:
            accessory(str(path))
        except InputError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("key", ["gone.png", "/no/such/folder/gone", "cartoon-cat.png", "a\0.png"])
@pytest.mark.parametrize(
    "read", [accessory, lambda key: pattern(key, (8, 8)), wrong_patterns, wrong_accessories]
)
def test_a_path_that_is_not_there_says_so(read, key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=re.escape(repr(key)) + ".*no file; try"):
        read(key)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(InputError, match="no file"):
        accessory(str(tmp_path))


@pytest.mark.parametrize(
    ("read", "key", "close"),
    [
        (accessory, "glases-round", "glasses-round"),
        (wrong_accessories, "sunglasses-hart", "sunglasses-heart"),
        (lambda key: pattern(key, (8, 8)), "cartoon-cta", "cartoon-cat"),
        (wrong_patterns, "cartoon-robt", "cartoon-robot"),
    ],
)
def test_an_unknown_name_is_answered_with_the_closest(read, key, close):
    with pytest.raises(UnknownName, match=rf"expected a key \(.*got '{key}'; try '{close}'"):
        read(key)
