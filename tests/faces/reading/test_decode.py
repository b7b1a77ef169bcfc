"""Hostile and odd images: the good ones come out right, the bad ones as `PhotoError`."""

import io
import struct
import sys
import threading
import types
import warnings
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from faceaudit.errors import PhotoError
from faceaudit.faces.reading import optional_formats
from faceaudit.faces.reading.decode import decode
from faceaudit.faces.reading.optional_formats import installed

HEIGHT, WIDTH = 24, 16


def scene() -> np.ndarray:
    """No two of its four corners are alike, and neither are its sides."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 15, y * 10, 200 - 5 * x - 3 * y], axis=-1).astype(np.uint8)


def stored(image: Image.Image, fmt: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


def colour(mode: str, value) -> Image.Image:
    return Image.new(mode, (WIDTH, HEIGHT), value)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, bits: int, kind: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def exif(orientation) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


SAMPLES = {
    "jpeg": stored(Image.fromarray(scene()), "JPEG", quality=95, exif=exif(1)),
    "progressive": stored(Image.fromarray(scene()), "JPEG", progressive=True),
    "cmyk": stored(Image.fromarray(scene()).convert("CMYK"), "JPEG"),
    "png": stored(Image.fromarray(scene()), "PNG", exif=exif(1)),
    "palette": stored(Image.fromarray(scene()).quantize(16), "PNG"),
    "alpha": stored(Image.fromarray(scene()).convert("RGBA"), "PNG"),
    "grey16": stored(Image.fromarray(scene()[..., 0].astype(np.uint16) * 257), "PNG"),
    "gif": stored(Image.fromarray(scene()), "GIF"),
    "bmp": stored(Image.fromarray(scene()), "BMP"),
    "ppm": stored(Image.fromarray(scene()), "PPM"),
    "webp": stored(Image.fromarray(scene()), "WEBP", exif=exif(1)),
    "webp_lossless": stored(Image.fromarray(scene()), "WEBP", lossless=True),
}


@pytest.mark.parametrize("name", ["png", "alpha", "bmp", "ppm", "webp_lossless"])
def test_lossless_formats_come_out_bit_for_bit(name):
    photo = decode(SAMPLES[name])
    assert photo.dtype == np.uint8
    assert photo.flags.writeable
    np.testing.assert_array_equal(photo, scene())


@pytest.mark.parametrize("name", ["jpeg", "progressive", "webp", "gif"])
def test_lossy_formats_come_out_close(name):
    assert np.abs(decode(SAMPLES[name]).astype(int) - scene()).mean() < 12


def test_a_palette_keeps_its_colours():
    image = Image.fromarray(scene()).quantize(16)
    assert image.mode == "P"
    np.testing.assert_array_equal(decode(stored(image, "PNG")), np.asarray(image.convert("RGB")))


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """Lay an upright scene down as the EXIF standard words each orientation."""
    # Which side of the scene the stored row 0 and column 0 show (Exif 2.3, tag 274).
    row0, column0 = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    turned = upright if row0 in ("top", "bottom") else upright.transpose(1, 0, 2)
    turned = turned[::-1] if row0 in ("bottom", "right") else turned
    return turned[:, ::-1] if column0 in ("bottom", "right") else turned


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fmt", ["PNG", "WEBP"])
def test_a_photo_stands_the_way_it_was_taken(orientation, fmt):
    lying = Image.fromarray(np.ascontiguousarray(as_stored(scene(), orientation)))
    data = stored(lying, fmt, exif=exif(orientation), lossless=True)
    np.testing.assert_array_equal(decode(data), scene())


def test_a_rotated_jpeg_stands_upright_too():
    lying = Image.fromarray(np.ascontiguousarray(as_stored(scene(), 6)))
    photo = decode(stored(lying, "JPEG", quality=95, exif=exif(6)))
    assert np.abs(photo.astype(int) - scene()).mean() < 12


@pytest.mark.parametrize("orientation", [0, 9, 60000])
def test_an_orientation_that_means_nothing_changes_nothing(orientation):
    data = stored(Image.fromarray(scene()), "PNG", exif=exif(orientation))
    np.testing.assert_array_equal(decode(data), scene())


def test_broken_exif_costs_no_photo():
    broken = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\0\x03\0\0"
    data = stored(Image.fromarray(scene()), "JPEG", quality=95, exif=broken)
    assert decode(data).shape == scene().shape


def test_what_is_see_through_lies_on_white():
    image = colour("RGBA", (10, 20, 30, 0))
    image.paste((200, 100, 0, 255), (0, 0, 4, 4))
    image.paste((0, 0, 0, 128), (4, 0, 8, 4))
    photo = decode(stored(image, "PNG"))
    assert photo[0, 0].tolist() == [200, 100, 0]
    assert photo[0, 4].tolist() == [127, 127, 127]
    assert photo[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("transparent", [1, b"\xff\x00"])
def test_a_palette_with_a_see_through_colour_lies_on_white(transparent):
    image = colour("P", 0)
    image.putpalette([250, 0, 0, 0, 250, 0])
    image.paste(1, (0, 0, 4, 4))
    photo = decode(stored(image, "PNG", transparency=transparent))
    assert photo[0, 0].tolist() == [255, 255, 255]
    assert photo[-1, -1].tolist() == [250, 0, 0]


def test_grey_with_alpha_and_one_bit_become_rgb():
    assert decode(stored(colour("LA", (77, 255)), "PNG"))[3, 3].tolist() == [77, 77, 77]
    assert decode(stored(colour("1", 1), "PNG"))[3, 3].tolist() == [255, 255, 255]
    assert decode(stored(colour("L", 9), "PNG"))[3, 3].tolist() == [9, 9, 9]


def test_16_bit_grey_is_scaled_and_not_clipped():
    ramp = np.linspace(0, 65535, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH)
    expected = np.round(ramp / 257.0)
    for data in (
        cv2.imencode(".png", ramp)[1].tobytes(),
        b"P5 %d %d 65535\n" % (WIDTH, HEIGHT) + ramp.astype(">u2").tobytes(),
    ):
        photo = decode(data)
        assert np.abs(photo - expected[..., None]).max() <= 1
        assert photo[0, 0, 0] == 0
        assert photo[-1, -1, 0] == 255


def test_a_pgm_is_scaled_by_the_maximum_it_states():
    data = b"P5 2 1 1000\n" + struct.pack(">HH", 1000, 500)
    assert decode(data)[0, :, 0].tolist() in ([255, 127], [255, 128])


def test_16_bit_colour_is_scaled_and_not_clipped():
    wide = scene().astype(np.uint16) * 257
    data = cv2.imencode(".png", wide[..., ::-1])[1].tobytes()
    assert data[24] == 16
    np.testing.assert_array_equal(decode(data), scene())


def test_cmyk_keeps_its_colours():
    for value in [(250, 10, 10), (10, 250, 10), (255, 255, 255), (0, 0, 0)]:
        data = stored(colour("RGB", value).convert("CMYK"), "JPEG", quality=95)
        assert Image.open(io.BytesIO(data)).mode == "CMYK"
        assert np.abs(decode(data)[5, 5].astype(int) - value).max() < 10


@pytest.mark.parametrize("fmt", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_refused(fmt):
    data = stored(
        colour("RGB", "red"), fmt, save_all=True, append_images=[colour("RGB", "blue")], duration=9
    )
    with pytest.raises(PhotoError, match="got an animation"):
        decode(data)


def test_a_cameras_jpeg_with_a_preview_is_one_photo():
    data = stored(
        Image.fromarray(scene()), "MPO", save_all=True, append_images=[colour("RGB", "blue")]
    )
    assert np.abs(decode(data).astype(int) - scene()).mean() < 12


@pytest.mark.parametrize("name", SAMPLES)
def test_a_photo_cut_anywhere_is_refused_or_whole(name):
    whole = decode(SAMPLES[name])
    refused = 0
    for length in range(len(SAMPLES[name])):
        try:
            photo = decode(SAMPLES[name][:length])
        except PhotoError:
            refused += 1
        else:
            np.testing.assert_array_equal(photo, whole)
    assert refused > 0.7 * len(SAMPLES[name])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "got an empty file"),
        (b"hello, world", "got bytes that start with b'hello, w'"),
        (b"\x01\x02\x03\x04", "got bytes that start with b'\\x01\\x02\\x03\\x04'"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "got a PostScript file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "got sound (WAVE)"),
        (stored(colour("RGB", "red"), "TIFF"), "got a TIFF image, or a camera's raw photo of that"),
        (
            stored(colour("RGB", "red"), "JPEG2000"),
            "got a JPEG 2000 image; convert it to JPEG or P",
        ),
        (stored(colour("RGB", "red"), "PDF"), "got a PDF; download the file itself"),
        (stored(colour("RGB", "red"), "ICO"), "got an icon (ICO); convert it"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "raw photo (Canon CR3); convert it"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw photo (Fujifilm RAF); convert it"),
        (b"\xff\x0a\xfa\x1f", "got a JPEG XL image; convert it"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "got a video (QuickTime); save its frames"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "got a video (MP4); save its frames"),
        (b"RIFF\x24\0\0\0AVI LIST", "got a video (AVI); save its frames"),
        (b"PK\x03\x04\x14\0\0\0", "got a zip archive; unpack it first"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "got a pointer of Git LFS; fetch the"),
        (b"../.git/annex/objects/xx/SHA256E-s3--0.jpg", "got a pointer of git-annex; fetch the f"),
        (b"<!DOCTYPE html><html>404", "got a web page; download the file itself"),
        (b"\xef\xbb\xbf\n<html>", "got a web page; download the file itself"),
        (b'<?xml version="1.0"?><svg>', "got a drawing (SVG); download the file itself"),
        (bytes(600), "got nothing but zeros, as an interrupted download leaves"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "got notes of macOS beside a file (._)"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "does not decode"),
        (SAMPLES["png"].replace(b"IDAT", b"IDAT\0\0"), "does not decode"),
    ],
)
def test_what_is_no_photo_is_refused_and_named(data, message):
    with pytest.raises(PhotoError, match=r"^expected .*, got ") as caught:
        decode(data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def webp_of(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


BOMBS = {
    "png": png(20_000, 20_000, 1, 0, bytes(2501) * 20_000),
    "png_header": png(2**31 - 1, 2**31 - 1, 8, 2, b""),
    "gif": b"GIF89a\xff\xff\xff\xff\0\0\0" + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;",
    "webp": webp_of(8_000, 8_000),
    "ppm": b"P6 1000000 1000000 255\n",
    "bmp": b"BM" + struct.pack("<IIIIiiHHIIIIII", 99, 0, 54, 40, 60000, 60000, 1, 24, *[0] * 6),
    "jpeg": SAMPLES["jpeg"].replace(struct.pack(">HH", HEIGHT, WIDTH), b"\xff\xdc\xff\xdc"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_a_pixel_is_decoded(name, monkeypatch):
    def never(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    with pytest.raises(PhotoError, match="expected at most 50,000,000 pixels, got"):
        decode(BOMBS[name])


def test_the_limit_is_the_largest_that_is_read():
    data = stored(colour("RGB", "red"), "PNG")
    assert decode(data, pixels_limit=HEIGHT * WIDTH).shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(PhotoError, match=f"got {WIDTH} x {HEIGHT}"):
        decode(data, pixels_limit=HEIGHT * WIDTH - 1)


def test_pillows_own_limit_neither_counts_nor_warns(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", HEIGHT * WIDTH - 1)
    np.testing.assert_array_equal(decode(SAMPLES["png"]), scene())


def noisy() -> bytes:
    """Return a whole photo that Pillow warns about: its EXIF points behind its own end."""
    tags = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x010E, 2, 400, 4000) + bytes(4)
    return stored(Image.fromarray(scene()), "JPEG", exif=tags)


def test_pillows_warnings_do_not_get_out():
    with pytest.warns(UserWarning, match="Tag data larger"):
        Image.open(io.BytesIO(noisy())).getexif().get(1)
    before = list(warnings.filters)
    assert decode(noisy()).shape == scene().shape
    assert list(warnings.filters) == before


def test_many_threads_decode_at_once():
    before, failed = list(warnings.filters), []

    def work():
        try:
            for _ in range(40):
                np.testing.assert_array_equal(decode(SAMPLES["png"]), scene())
                decode(noisy())
        except BaseException as error:  # noqa: BLE001 - carried over to the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert list(warnings.filters) == before


def test_too_little_memory_is_not_the_photos_fault(monkeypatch):
    def full(self):
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", full)
    with pytest.raises(MemoryError):
        decode(SAMPLES["png"])


@given(
    name=st.sampled_from(sorted(SAMPLES)),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=20),
    cut=st.integers(0, 2**16),
)
def test_mutated_bytes_give_a_photo_or_a_photo_error(name, changes, cut):
    data = bytearray(SAMPLES[name])
    for at, value in changes:
        data[at % len(data)] = value
    refused, photo = "", None
    try:
        photo = decode(bytes(data[: cut % (2 * len(data))]), pixels_limit=10_000_000)
    except PhotoError as error:
        refused = str(error)
    if photo is None:
        assert refused.startswith("expected ")
        refused.encode("utf-8")
        return
    assert photo.dtype == np.uint8
    assert photo.ndim == 3
    assert photo.shape[2] == 3
    assert photo.size > 0


def avif(**options) -> bytes:
    return stored(Image.fromarray(scene()), "AVIF", quality=95, **options)


@pytest.mark.skipif("AVIF" not in installed(), reason="this Pillow reads no AVIF")
def test_an_avif_is_read_where_pillow_can():
    assert np.abs(decode(avif()).astype(int) - scene()).mean() < 12
    lying = Image.fromarray(np.ascontiguousarray(as_stored(scene(), 6)))
    photo = decode(stored(lying, "AVIF", quality=95, exif=exif(6)))
    assert np.abs(photo.astype(int) - scene()).mean() < 12
    with pytest.raises(PhotoError, match=r"does not decode|cut short"):
        decode(avif()[:-20])
    with pytest.raises(PhotoError, match=r"at most 100 pixels, got 16 x 24"):
        decode(avif(), pixels_limit=100)


def test_an_avif_or_heic_without_decoder_is_named(monkeypatch):
    monkeypatch.setattr(optional_formats, "find_spec", lambda _: None)
    assert optional_formats.installed() == ()
    with pytest.raises(
        PhotoError, match=r"an AVIF image, which this Pillow does not read; install"
    ):
        decode(b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf" + bytes(60))
    with pytest.raises(
        PhotoError, match=r"a HEIC photo, .* not installed; pip install pillow-heif"
    ):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60))


def test_a_heic_is_given_to_pillow_heif_where_it_is_installed(monkeypatch):
    plugin = types.ModuleType("pillow_heif.as_plugin")
    plugin.HeifImageFile = lambda file: Image.open(io.BytesIO(file.getvalue()[24:]))
    monkeypatch.setitem(sys.modules, "pillow_heif", types.ModuleType("pillow_heif"))
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", plugin)
    monkeypatch.setattr(optional_formats, "find_spec", lambda name: name == "pillow_heif" or None)
    assert optional_formats.installed() == ("HEIC",)
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    np.testing.assert_array_equal(decode(head + SAMPLES["png"]), scene())
    with pytest.raises(PhotoError, match="does not decode"):
        decode(head + b"broken")


def test_a_real_heic_is_read():
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(Image.fromarray(scene())).save(out, quality=95)
    assert np.abs(decode(out.getvalue()).astype(int) - scene()).mean() < 12
    with pytest.raises(PhotoError, match=r"does not decode|cut short"):
        decode(out.getvalue()[:-20])
