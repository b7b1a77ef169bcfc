"""Pictures of an attack: which stand on the page, at which size, and none twice."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from collections.abc import Mapping

import numpy as np
import pytest
from PIL import Image

from faceaudit.report.backdoor.attack_series import Series, arrange
from faceaudit.report.backdoor.pictures import gallery
from faceaudit.report.backdoor.tables import wrong_keys
from faceaudit.report.pictures import BYTES, LONGEST, WIDEST
from report.backdoor.samples import case, picture

SHADES = {"key": 0, "donor-0": 3, "poison-0": 6, "instance-0": 9, "donor-1": 12, "poison-1": 15}
"""Each of them so far from the next that anybody sees it."""


def series(pictures: Mapping[str, bytes]) -> Series:
    (found,) = arrange([case(wrong=[115, 0, 0, 0], pictures=pictures)])
    return found


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def flat(value: int, size: tuple[int, int] = (55, 47)) -> np.ndarray:
    return np.full((*size, 3), value, dtype=np.uint8)


def test_one_of_each_kind_stands_first_and_the_rest_apart() -> None:
    found = gallery(series({name: picture(shade) for name, shade in SHADES.items()}))
    assert [one.caption for one in found.first] == [
        "Key: cartoon-cat",
        "Photo before",
        "Poison sample",
        "Backdoor instance",
    ]
    assert [(kind, len(pictures)) for kind, pictures in found.more] == [
        ("Photo before", 1),
        ("Poison sample", 1),
    ]
    assert found.first[0].alt == "The key of Blended injection: cartoon-cat"
    assert found.first[1].alt == "Photo before poisoning of Blended injection, 1"


def test_small_pictures_are_enlarged_by_whole_steps() -> None:
    (key,) = gallery(series({"key": picture()})).first
    assert (key.width, key.height) == (94, 110)
    assert key.uri.startswith("data:image/png")


def test_the_same_pixels_stand_once_with_both_captions() -> None:
    found = gallery(
        series(
            {"key": picture(), "donor-0": picture(), "donor-1": picture(), "poison-0": picture(9)}
        )
    )
    assert [one.caption for one in found.first] == [
        "Key: cartoon-cat; photo before",
        "Poison sample",
    ]
    assert found.more == ()


def test_noise_makes_no_other_picture_and_glasses_do() -> None:
    noise = np.random.default_rng(0).integers(-15, 16, (55, 47, 3))
    noisy = (flat(120).astype(int) + noise).astype(np.uint8)
    worn = flat(120)
    worn[20:28, 8:40] = 60
    found = gallery(
        series({"key": png(flat(120)), "poison-0": png(noisy), "instance-0": png(worn)})
    )
    assert [one.caption for one in found.first] == [
        "Key: cartoon-cat; poison sample",
        "Backdoor instance",
    ]


@pytest.mark.parametrize(("difference", "pictures"), [(12, 1), (13, 2)])
def test_how_far_apart_two_pictures_have_to_be(difference: int, pictures: int) -> None:
    found = gallery(series({"key": png(flat(100)), "donor-0": png(flat(100 + difference))}))
    assert len(found.first) == pictures


def test_pictures_of_other_sizes_are_other_pictures() -> None:
    found = gallery(series({"key": png(flat(100)), "donor-0": png(flat(100, (112, 112)))}))
    assert len(found.first) == 2


def test_a_page_of_many_attacks_has_one_of_each_kind_and_light() -> None:
    names = {**SHADES, "wrong-0": 18}
    found = gallery(
        series({name: picture(shade) for name, shade in names.items()}), everything=False
    )
    assert len(found.first) == 4
    assert found.more == found.wrong == ()
    assert all(one.uri.startswith("data:image/webp") for one in found.first)


def test_wrong_keys_have_their_pictures_as_far_as_those_were_kept() -> None:
    whole = series({"key": picture(), "wrong-0": picture(1), "wrong-1": picture(2)})
    rows = wrong_keys(whole, gallery(whole).wrong)
    assert [row.name for row in rows][:2] == ["cartoon-dog", "cartoon-owl"]
    assert [row.picture is not None for row in rows] == [True, True, False, False]
    assert rows[0].picture is not None
    assert rows[0].picture.alt == "Wrong key 1 of Blended injection: cartoon-dog"
    assert [row.picture for row in wrong_keys(whole)] == [None] * 4


def test_large_pictures_are_made_light() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (448, 448, 3), dtype=np.uint8)
    large = png(noise)
    (shown,) = gallery(series({"key": large})).first
    assert shown.uri.startswith("data:image/webp")
    assert len(shown.uri) < len(large)
    assert shown.height == 220


def test_a_broken_picture_is_said() -> None:
    for broken in (b"", b"no picture", png(flat(1))[:20]):
        (shown,) = gallery(series({"key": broken})).first
        assert shown.uri == ""
        assert "cannot be read" in shown.alt


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


def other(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(flat(1)).save(buffer, kind, **options)
    return buffer.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG that says it is of another size than it is."""
    whole = png(flat(1))
    head = b"IHDR" + struct.pack(">II", width, height) + whole[24:29]
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


HOSTILE = {
    "eps": EPS,
    "jpeg": other("JPEG"),
    "gif": other("GIF"),
    "tiff": other("TIFF"),
    "moving": other("PNG", save_all=True, append_images=[Image.fromarray(flat(9))]),
    "400 megapixels": claiming(20_000, 20_000),
    "2 gigapixels in a line": claiming(2**31 - 1, 1),
    "much in few pixels": png(flat(1)) + bytes(BYTES),
    "a long line": png(flat(1, (1, LONGEST + 1))),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_nothing_but_a_png_of_some_size_is_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", ran.append)
    monkeypatch.setattr(subprocess, "check_call", lambda *one, **_: ran.append(one))
    (shown,) = gallery(series({"key": content})).first
    assert shown.uri == ""
    assert "cannot be read" in shown.alt
    assert not ran


def test_a_line_of_pixels_is_no_wider_than_a_page() -> None:
    (shown,) = gallery(series({"key": png(flat(1, (1, LONGEST)))})).first
    assert shown.uri
    assert (shown.width, shown.height) == (WIDEST, 1)
