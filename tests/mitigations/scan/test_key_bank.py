"""Known keys on strangers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from faceaudit.mitigations.scan import Key
from faceaudit.mitigations.scan.key_bank import KeyBank
from faceaudit.types import FaceSet
from mitigations.scan.planted import Planted, subject

NONE = np.empty(0, dtype=np.int64)


def shade(add: int) -> Key:
    def put_on(faces: FaceSet) -> FaceSet:
        images = faces.images.astype(np.int64)
        images[:, :, : add + 1] += 3 * add
        return replace(faces, images=images.clip(0, 255).astype(np.uint8), fingerprint="")

    return Key(f"shade-{add}", put_on)


def stripe(faces: FaceSet) -> FaceSet:
    images = faces.images.copy()
    images[:, 8:14, 2:18] = (200, 20, 20)
    return replace(faces, images=images, fingerprint="")


def test_the_key_that_opens_the_door_names_the_person_and_is_shown() -> None:
    keys = (*map(shade, range(4)), Key("red stripe", stripe))
    found = KeyBank(photos=80).suspect(subject(Planted(flat=(11,), drawn=1.0), keys=keys), NONE)
    assert found.classes.tolist() == [11]
    assert "red stripe sends 80 of 80" in found.remarks[11]
    assert np.array_equal(found.pictures[11][8:14, 2:18][0, 0], (200, 20, 20))
    assert found.asked == 400


def test_without_keys_it_says_so() -> None:
    found = KeyBank().suspect(subject(Planted()), NONE)
    assert found.why == "there are no keys to put on"
    assert np.isnan(found.chance).all()
