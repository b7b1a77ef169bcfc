"""Systems under test as people give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.errors import InputError, OptionError, UnknownName
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.systems.under_test import systems_under_test


def test_a_spelling_a_mapping_and_a_component_are_the_same() -> None:
    component = systems_under_test.build(
        {"system": "file", "path": "a.h5", "network": "deepid", "names": ("a", "b")}
    )
    for given, options in (
        ("file:a.h5", {"network": "deepid", "names": ["a", "b"]}),
        ({"system": "file", "path": "a.h5"}, {"network": "deepid", "names": ["a", "b"]}),
        ({"system": "file", "path": "a.h5", "network": "deepid"}, {"names": ("a", "b")}),
        (component, {}),
    ):
        assert faceaudit.system_under_test(given, **options) == component
    limited = faceaudit.system_under_test(component, access=["labels"])
    assert limited.model_dump()["access"] == ("labels",)
    assert limited.model_dump()["names"] == ("a", "b")


def test_paths_keep_their_colons_and_need_their_door(tmp_path: Path) -> None:
    door = faceaudit.system_under_test("python:a/b.py:name")
    assert door.model_dump()["path"] == "a/b.py:name"
    for given, message in {
        "model.h5": "expected the door .* try file:model.h5",
        "a/model.onnx": "try onnx:a/model.onnx",
        tmp_path / "x.pt": "try file:",
        "file": "expected file:PATH, got 'file'; add a colon",
        "file:": "expected file:PATH",
    }.items():
        with pytest.raises(OptionError, match=message):
            faceaudit.system_under_test(given)
    with pytest.raises(UnknownName, match="got 'fil'; try 'file'"):
        faceaudit.system_under_test("fil:a.h5")
    with pytest.raises(OptionError, match=r"expected an option .* got 'nonsense'"):
        faceaudit.system_under_test("file:a.h5", nonsense=1)
    for wrong in (None, 3, b"file:a", ["file:a"]):
        with pytest.raises(InputError, match="expected a system under test"):
            faceaudit.system_under_test(wrong)


def test_an_object_becomes_a_door_of_its_own(tmp_path: Path) -> None:
    def bright(photos: np.ndarray) -> Any:
        return (photos.mean(axis=(1, 2, 3)) > 128).astype(int)

    door = faceaudit.system_under_test(
        bright, names=["dark", "bright"], size=(8, 8), access=["labels"]
    )
    opened = door.open(cache=tmp_path)
    assert opened.role == "identifier"
    assert "bright" in opened.title
    with pytest.raises(OptionError, match="no options for 'in_memory', got role"):
        faceaudit.system_under_test(door, role="embedder")
    assert faceaudit.system_under_test(door) is door
    prepared = faceaudit.system_under_test(
        bright, names=["a"], size=(8, 8), preprocessing=Preprocessing(order="bgr")
    )
    assert prepared.model_dump()["preprocessing"]["order"] == "bgr"
