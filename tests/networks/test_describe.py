"""Descriptions of networks, and the table of the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.networks import Preprocessing, networks
from faceaudit.networks.describe import describe, spelled

DOCS = Path(__file__).parents[2] / "docs" / "networks.md"


@pytest.mark.parametrize("name", [name for name in networks.names() if name != "onnx"])
def test_the_table_in_the_docs_is_right(name: str) -> None:
    known = describe(networks.build(name))
    size = known["input"].replace(" high, ", " x ").replace(" wide", "")
    row = f"| `{name}` | {known['parameters']} | {size} | {known['preparation']} | "
    assert row + f"{known['embedding']} |\n" in DOCS.read_text("utf-8")


def test_preparations_are_spelled_as_formulas() -> None:
    assert spelled(Preprocessing()) == "RGB, (x - 127.5) / 127.5"
    raw = Preprocessing(order="bgr", mean=(1, 2, 3.25), scale=(1, 1, 1))
    assert spelled(raw) == "BGR, (x - 1/2/3.25)"
    assert spelled(Preprocessing(mean=(0, 0, 0), scale=(255, 255, 255))) == "RGB, x / 255"
