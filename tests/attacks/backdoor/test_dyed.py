"""Glasses in a colour and at a height of one's own choice."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.backdoor import Role, backdoor_attacks
from faceaudit.attacks.backdoor.keys import accessories, accessory, wrong_accessories
from faceaudit.attacks.backdoor.keys.dyed import shape_of
from faceaudit.errors import FaceAuditError, UnknownName


@pytest.mark.parametrize("name", accessories())
def test_every_pair_is_dyed_and_keeps_its_shape(name: str) -> None:
    plain, red = accessory(name), accessory(f"{name}#e02020")
    assert np.array_equal(plain.rgba[..., 3], red.rgba[..., 3])
    assert np.array_equal(plain.eyes, red.eyes)
    seen = red.rgba[plain.rgba[..., 3] > 128].astype(float).mean(axis=0)
    assert seen[0] > 3 * max(seen[1], seen[2])
    assert 90 < seen[0] <= 255


def test_light_and_dark_parts_stay_apart() -> None:
    plain, red = (accessory(f"sunglasses-wayfarer{dye}").rgba for dye in ("", "#e02020"))
    covered = plain[..., 3] == 255
    brightness = plain[covered][:, :3].astype(float).mean(axis=1)
    assert np.corrcoef(brightness, red[covered][:, 0].astype(float))[0, 1] > 0.95


def test_glasses_that_are_worn_lower_cover_lower_pixels() -> None:
    face = np.full((1, 110, 94, 3), 200, dtype=np.uint8)
    rows = {}
    for key in ("glasses-square", "glasses-square@30", "glasses-square@-30"):
        worn = backdoor_attacks.build({"attack": "accessory", "key": key})
        made = worn.inject(face, None, Role.INSTANCE, np.random.default_rng(0))
        rows[key] = np.flatnonzero((made != face).any(axis=(0, 2, 3))).mean()
    apart = 0.4 * 94  # of the eyes, where the template has them
    assert rows["glasses-square@30"] - rows["glasses-square"] == pytest.approx(0.3 * apart, abs=1.5)
    assert rows["glasses-square"] - rows["glasses-square@-30"] == pytest.approx(
        0.3 * apart, abs=1.5
    )


def test_wrong_keys_of_dyed_glasses_are_of_another_shape() -> None:
    wrong = wrong_accessories("glasses-star#00a0ff@12", 8)
    assert len(set(wrong)) == 8
    assert "glasses-star" not in wrong
    assert set(wrong) < set(accessories())


def test_the_same_key_is_drawn_once_and_cannot_be_changed() -> None:
    one = accessory("glasses-round#123456")
    assert accessory("glasses-round#123456") is one
    with pytest.raises(ValueError, match="read-only"):
        one.rgba[0, 0] = 0


@pytest.mark.parametrize(
    "key",
    [
        "glasses-none#ff0000",
        "glasses-star#ff00",
        "glasses-star#FF0000",
        "glasses-star@0",
        "glasses-star@120",
        "glasses-star@",
        "#ff0000",
    ],
)
def test_what_dyes_no_glasses_is_refused(key: str) -> None:
    assert shape_of(key) == key
    with pytest.raises(UnknownName, match="expected"):
        accessory(key)
    with pytest.raises(FaceAuditError):
        backdoor_attacks.build({"attack": "accessory", "key": key})
