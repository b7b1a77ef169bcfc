"""Attributes that no face has are refused before any photo is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from faceaudit.audit.common.groups import group_obstacles
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.faces.sources.base import sources

SYNTHETIC = {"source": "synthetic", "people": 24, "photos": 12, "sessions": 3}
SECTIONS: dict[str, dict[str, Any]] = {
    "backdoor": {
        "split": {"train": 6, "validation": 2, "test": 2},
        "systems": [{"network": "deepid"}],
        "attacks": [{"attack": "blended", "samples": 5, "instances": 5}],
    },
    "membership": {
        "backbones": [{"network": "deepid", "weights": "none.pt"}],
        "pool": {"pairs": 40, "blocks": 4, "validation": 4},
    },
    "finished": {"systems": [{"system": "onnx", "path": "none.onnx"}]},
}


@pytest.mark.parametrize("kind", ["backdoor", "membership", "finished"])
@pytest.mark.parametrize(("groups", "wrong"), [(["sex", "age"], True), (["sex", "glasses"], False)])
def test_a_name_that_no_face_has_is_told_by_a_check_of_the_plan(
    kind: str, groups: list[str], wrong: bool
) -> None:
    plan = Plan(**{kind: {"faces": SYNTHETIC, "groups": groups, **SECTIONS[kind]}})
    said = [str(error) for error in plan_obstacles(plan)]
    told = [one for one in said if "attribute of these faces" in one]
    assert len(told) == wrong
    if wrong:
        assert "got 'age'; try 'age_group'" in told[0]
        assert "glasses, sex, skin_tone" in told[0]


def photos(root: Path) -> Path:
    for person in ("ann", "bob"):
        for number in range(2):
            path = root / person / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            pixels = np.full((8, 8, 3), 40 * number + len(person), dtype=np.uint8)
            Image.fromarray(pixels).save(path)
    return root


def test_photos_without_attributes_are_not_divided(tmp_path: Path) -> None:
    source = sources.build({"source": "folder", "path": str(photos(tmp_path))})
    (error,) = group_obstacles(source, ("sex",))
    assert str(error) == (
        "expected faces with attributes to be divided by 'sex', got a source that has none; "
        "leave it out"
    )
    assert list(group_obstacles(source, None)) == list(group_obstacles(source, ())) == []


def test_where_photos_are_missing_nothing_is_said_of_groups(tmp_path: Path) -> None:
    source = sources.build({"source": "celeba", "path": str(tmp_path / "none")})
    assert list(group_obstacles(source, ("Male",))) == []
