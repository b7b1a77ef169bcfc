"""Hostile uploads: answered in words, nothing written, and memory goes back."""

from __future__ import annotations

import contextlib
import gc
import io
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from faceaudit.app import texts, uploads
from faceaudit.app.uploads import UploadError, photo_of
from faceaudit.errors import PhotoError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "PPM")
MEGABYTE = 1024 * 1024


class Brought:
    """An upload that can say nothing but its bytes: asking its name or type fails."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def getvalue(self) -> bytes:
        return self.data


def photo(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 256, (*size[::-1], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """Return a PNG that states any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animation() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def fuzzed(kind: str, number: int) -> bytes:
    data = bytearray(photo(kind))
    chance = random.Random(number)
    for _ in range(40):
        data[chance.randrange(12, len(data))] = chance.randrange(256)
    return bytes(data)


def hostile() -> dict[str, bytes]:
    """Return more than fifty files that are no photo, or one that means harm."""
    found = {
        "empty": b"",
        "one byte": b"\xff",
        "zeros": bytes(4096),
        "text": b"hello, I am a photo",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        "html": b"<html><script>alert(1)</script>",
        "zip": b"PK\x03\x04" + bytes(100),
        "pdf": b"%PDF-1.7\n" + bytes(100),
        "postscript": b"%!PS-Adobe-3.0\n(x) show",
        "pickle": b"\x80\x04\x95" + bytes(50),
        "tiff": b"II*\0" + bytes(100),
        "elf": b"\x7fELF" + bytes(100),
        "mp4": b"\0\0\0\x18ftypmp42" + bytes(100),
        "animation": animation(),
        "bomb that states 65535 x 65535": png(65535, 65535, zlib.compress(bytes(10**6))),
        "bomb that states 2 to the 31": png(2**31 - 1, 1),
        "bomb within the limit, without pixels": png(7000, 7000),
        "bomb of one row": png(50_000_000, 1, zlib.compress(bytes(10**6))),
        "nothing wide": png(0, 10),
        "webp of a huge canvas": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6,
        "ppm that states much": b"P6 999999 999999 255\n",
        "ppm of words": b"P3 4 4 255\nred green blue",
        "bmp of a negative size": b"BM" + struct.pack("<IIIIii", 60, 0, 54, 40, -9, -9) + bytes(40),
        "100 MB": b"\xff\xd8\xff" + bytes(100 * MEGABYTE),
        "20 MB and one byte": b"\x89PNG\r\n\x1a\n" + bytes(20 * MEGABYTE - 7),
    }
    for kind in FORMATS:
        whole = photo(kind)
        found[f"{kind} cut in half"] = whole[: len(whole) // 2]
        found[f"{kind} of its first bytes"] = whole[:12]
        found[f"{kind} and its start of another"] = photo("PNG")[:8] + whole[8:]
        found |= {f"{kind} fuzzed {number}": fuzzed(kind, number) for number in range(3)}
    return found


def test_photos_are_read_by_their_content() -> None:
    for kind in FORMATS:
        assert photo_of(Brought(photo(kind))).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (lambda: b"", "upload_empty"),
        (lambda: bytes(20 * MEGABYTE + 1), "upload_large"),
        (lambda: b"hello, I am a photo", "upload_format"),
        (lambda: png(65535, 65535), "upload_pixels"),
        (animation, "upload_moving"),
        (lambda: photo("BMP")[:2000], "upload_cut"),
        (lambda: png(64, 48, b"no pixels"), "upload_broken"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_failure_has_its_words(data: Callable[[], bytes], key: str) -> None:
    with pytest.raises(UploadError) as caught:
        photo_of(Brought(data()))
    assert caught.value.key == f"app.{key}"
    assert caught.value.words[:10] == texts.words("en", "app")[key][:10]
    assert "{" not in caught.value.words
    assert isinstance(caught.value, PhotoError)


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(data: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(uploads, "decode", decode)
    with pytest.raises(UploadError) as caught:
        photo_of(Brought(photo("PNG")))
    assert caught.value.key == "app.upload_pixels"


def test_hostile_files_are_answered_in_words_and_memory_goes_back() -> None:
    files = hostile()
    assert len(files) >= 50
    for data in files.values():  # libraries load, caches fill
        answer(data)
    before = resident()
    for data in files.values():
        answer(data)
    del data
    gc.collect()
    assert resident() - before < 30 * MEGABYTE


def answer(data: bytes) -> None:
    """Bring a file: its pixels or words come back, and nothing else."""
    words = "."
    with contextlib.suppress(UploadError):
        try:
            assert photo_of(Brought(data)).ndim == 3
        except UploadError as error:
            words = error.words
            raise
    assert words.endswith((".", "can.", "most."))
    assert "\n" not in words


def resident() -> int:
    gc.collect()
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def test_a_page_answers_each_in_its_own_language() -> None:
    page = AppTest.from_function(bring, default_timeout=20)
    page.session_state["language"] = "de"
    page.run()
    page.file_uploader[0].upload("\r\n<b>\x1b[31m.png", b"no photo", "image/png").run()
    assert not page.exception
    assert [one.value for one in page.error] == [texts.words("de", "app")["upload_format"]]
    page.file_uploader[0].upload("photo.exe", photo("JPEG"), "text/plain").run()
    assert [one.value for one in page.success] == ["64 x 48"]


def bring() -> None:
    import streamlit as st  # noqa: PLC0415 - the script of a page

    from faceaudit.app.uploads import UploadError, photo_of  # noqa: PLC0415

    brought = st.file_uploader("A photo")
    if brought is not None:
        try:
            height, width, _ = photo_of(brought).shape
            st.success(f"{width} x {height}")
        except UploadError as error:
            st.error(error.words)
