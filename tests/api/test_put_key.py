"""Keys put on photos by the attacks' own code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit.attacks.backdoor import Role, backdoor_attacks
from faceaudit.attacks.backdoor.keys import pattern
from faceaudit.errors import InputError, OptionError, UnknownName
from faceaudit.types import ImageArray

PHOTOS: ImageArray = np.random.default_rng(3).integers(0, 256, (2, 55, 47, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", backdoor_attacks.names())
@pytest.mark.parametrize("poison", [False, True])
def test_it_is_what_an_audit_attacks_with(name: str, poison: bool) -> None:
    marks = np.tile(np.array([[14, 20], [33, 22], [23, 30], [17, 40], [31, 40]]), (2, 1, 1))
    landmarks = marks.astype(np.float32)
    before = PHOTOS.copy()
    put = faceaudit.put_key(name, PHOTOS, landmarks=landmarks, poison=poison, seed=5)
    role = Role.POISON if poison else Role.INSTANCE
    attack = backdoor_attacks.build(name)
    expected = attack.inject(PHOTOS, landmarks, role, np.random.default_rng(5))
    assert np.array_equal(put, expected)
    assert put.dtype == np.uint8
    assert (put != PHOTOS).any()
    assert np.array_equal(before, PHOTOS)


def test_blending_is_that_of_the_formula() -> None:
    spec = {"attack": "blended", "key": "random-4", "ratio": 0.25, "instance_ratio": 0.75}
    key = pattern("random-4", (55, 47)).astype(float)
    for poison, ratio in ((True, 0.25), (False, 0.75)):
        put = faceaudit.put_key(spec, PHOTOS, poison=poison)
        exact = ratio * key + (1 - ratio) * PHOTOS
        assert np.abs(put - exact).max() <= 0.5 + 1e-9


def test_a_picture_file_is_a_key(tmp_path: Path) -> None:
    file = tmp_path / "key.png"
    Image.fromarray(np.full((9, 9, 3), 255, dtype=np.uint8)).save(file)
    spec = {"attack": "blended", "key": str(file), "instance_ratio": 1.0}
    assert (faceaudit.put_key(spec, PHOTOS) == 255).all()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName):
        faceaudit.put_key("blendet", PHOTOS)
    with pytest.raises(OptionError):
        faceaudit.put_key({"attack": "blended", "ratio": 2.0}, PHOTOS)
    with pytest.raises(InputError, match="photos"):
        faceaudit.put_key("blended", PHOTOS[0])
    with pytest.raises(InputError, match=r"landmarks \(2, 5, 2\)"):
        faceaudit.put_key("accessory", PHOTOS, landmarks=np.zeros((1, 5, 2), dtype=np.float32))
    with pytest.raises(InputError, match="seed"):
        faceaudit.put_key("blended", PHOTOS, seed=-1)


def test_landmarks_are_numbers_of_any_kind() -> None:
    marks = [[[14, 20], [33, 22], [23, 30], [17, 40], [31, 40]]] * 2
    whole = faceaudit.put_key("accessory", PHOTOS, landmarks=np.array(marks, dtype=np.float32))
    listed = faceaudit.put_key("accessory", PHOTOS, landmarks=marks)  # type: ignore[arg-type]
    assert np.array_equal(listed, whole)
    for wrong in (np.full((2, 5, 2), "x"), "eyes"):
        with pytest.raises(InputError, match=r"landmarks \(2, 5, 2\) as numbers"):
            faceaudit.put_key("accessory", PHOTOS, landmarks=wrong)  # type: ignore[arg-type]
