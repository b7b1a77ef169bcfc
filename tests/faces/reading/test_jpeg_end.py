"""A JPEG is read without its end mark when every pixel is there, and never when one is not."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import PhotoError
from faceaudit.faces.reading import jpeg_end
from faceaudit.faces.reading.decode import decode
from faceaudit.faces.reading.jpeg_end import END, with_end

KINDS = {
    "plain": {},
    "colour in full": {"subsampling": 0, "quality": 90},
    "progressive": {"progressive": True},
    "own codes": {"optimize": True, "quality": 98},
    "marks after each block": {"restart_marker_blocks": 1},
    "marks after some": {"restart_marker_blocks": 7},
    "marks after each row": {"restart_marker_rows": 1},
}
MODES = ("RGB", "L", "CMYK")
SIZES = ((16, 16), (33, 47), (130, 90))


def scene(width: int, height: int, seed: int) -> Image.Image:
    """Soft shapes with some noise, as photos have."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
    large = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    noise = rng.normal(0, 6, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(large) + noise, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_only_the_end_mark_is_missing(kind, mode):
    """Some are refused all the same, but never the plain ones, and none comes out otherwise."""
    read = 0
    for seed, size in enumerate(SIZES):
        whole = jpeg(scene(*size, seed).convert(mode), **KINDS[kind])
        assert whole.endswith(END)
        for cut in (1, 2):
            found = with_end(whole[:-cut])
            assert found in (None, whole)
            read += found is not None
            if found is not None:
                np.testing.assert_array_equal(decode(whole[:-cut]), decode(whole))
    assert read == 2 * len(SIZES) or kind in ("progressive", "own codes")
    assert read or (kind, mode) == ("progressive", "CMYK")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_cut_is_taken_for_a_whole_photo(kind, mode):
    rng = random.Random(f"{kind} {mode}")
    for seed, size in enumerate(SIZES):
        body = jpeg(scene(*size, seed).convert(mode), **KINDS[kind])[:-2]
        marks = [
            at for at in range(len(body) - 1) if body[at] == 255 and body[at + 1] not in (0, 255)
        ]
        cuts = {len(body) - n for n in (1, 2, 3, 4, 6, 9, 15)}
        cuts |= {rng.randrange(100, len(body)) for _ in range(6)}
        cuts |= set(rng.sample(marks, min(3, len(marks))))
        cuts |= {at + 2 for at in rng.sample(marks, min(3, len(marks)))}
        for cut in sorted(cuts):
            for filled in (b"", bytes(500)):
                if found := with_end(body[:cut] + filled):
                    np.testing.assert_array_equal(decode(found), decode(body + END))
                    assert not filled


@pytest.mark.parametrize("quality", [50, 75])
@pytest.mark.parametrize("seed", [14, 36, 63, 95, 120, 147])
def test_blocks_beyond_the_edge_do_not_hide_what_is_missing(seed, quality):
    """Smooth pictures end in blocks of a few bits, some of them beyond the edge and never shown."""
    small = np.random.default_rng(seed).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    size = (17 + 7 * (seed % 9), 17 + 5 * (seed % 7))
    whole = jpeg(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC), quality=quality)
    for cut in range(3, 11):
        if found := with_end(whole[:-cut]):
            np.testing.assert_array_equal(decode(found), decode(whole))


@pytest.mark.parametrize("more", [b"\x12", b"\x12\x34\x56", b"\0\x12" * 200])
def test_what_comes_after_the_picture_is_not_taken_for_it(more):
    assert with_end(jpeg(scene(33, 47, 1))[:-2] + more) is None


def test_a_cut_photo_is_said_to_be_cut_short():
    whole = jpeg(scene(130, 90, 1))
    for cut in (10, 300, len(whole) // 2):
        with pytest.raises(PhotoError, match="expected a whole photo, got one that is cut short"):
            decode(whole[:-cut])
    assert with_end(whole) is None
    assert with_end(b"\xff\xd8\xff") is None
    assert with_end(b"\xff\xd8\xff\xda\0\x02") is None


@pytest.mark.realdata
def test_photos_of_real_people_without_their_end_mark(real_data: Path):
    rng = random.Random(1)
    photos = sorted((real_data / "lfw" / "images").glob("*/*_0001.jpg"))[:100]
    read = 0
    for photo in photos:
        whole = photo.read_bytes()
        read += np.array_equal(decode(whole[:-2]), decode(whole))
        for cut in (3, 4, 5, 8, *(rng.randrange(10, len(whole) - 700) for _ in range(2))):
            assert with_end(whole[:-cut]) is None
    assert read == len(photos)


def test_one_zero_may_end_a_picture_and_several_are_a_filling():
    """Blocks of a flat colour are coded as zeros."""
    read = filled = 0
    for seed in range(200):
        flat = Image.new("RGB", (16, 8 + seed), (seed, 90, 40))
        body = jpeg(flat, optimize=seed % 2 == 0)[:-2]
        if body.endswith(b"\0\0"):
            assert with_end(body) is None
            filled += 1
        elif body.endswith(b"\0") and not body.endswith(b"\xff\0"):
            read += with_end(body) == body + END
    assert read
    assert filled


def test_bytes_of_the_picture_are_not_counted_as_marks(monkeypatch):
    whole = jpeg(scene(300, 200, 1), quality=98, progressive=True)
    assert whole.count(b"\xff\0") > 60
    monkeypatch.setattr(jpeg_end, "_SEGMENTS", 60)
    assert with_end(whole[:-2]) == whole
    monkeypatch.setattr(jpeg_end, "_SEGMENTS", 5)
    assert with_end(whole[:-2]) is None


def test_marks_that_no_length_follows_are_passed_over():
    whole = jpeg(scene(130, 90, 1), restart_marker_blocks=1)
    assert whole.count(b"\xff\xd3") > 2
    marks = [mark for mark, _, _ in jpeg_end._segments(whole[:-2])]
    assert marks[0] == 0xE0
    assert marks[-1] == 0xDA
    assert not {*range(0xD0, 0xD9), 0x00, 0x01, 0xFF} & set(marks)


def test_a_picture_whose_last_byte_is_all_ones_is_read():
    """The zero behind it says that it is no mark."""
    read = 0
    for seed in range(60):
        noise = np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)
        whole = jpeg(Image.fromarray(noise), quality=100)
        if whole.endswith(b"\xff\0" + END):
            assert with_end(whole[:-2]) == whole
            read += 1
    assert read
