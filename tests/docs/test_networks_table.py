"""docs/networks.md: its table is that of the registered networks."""

from __future__ import annotations

import re

import pytest

from faceaudit.networks import networks
from helpers.documents import ROOT

PAGE = (ROOT / "docs" / "networks.md").read_text("utf-8")
ROWS = {
    cells[0].strip("` "): [cell.strip() for cell in cells[1:]]
    for line in re.findall(r"^\| `.*$", PAGE, re.MULTILINE)
    if len(cells := line.strip("|").split("|")) == 5
}


def test_every_network_has_a_row() -> None:
    assert sorted(ROWS) == sorted(networks.names())


@pytest.mark.parametrize("name", [name for name in networks.names() if name != "onnx"])
def test_a_row_says_what_the_network_says(name: str) -> None:
    network = networks.build(name)
    parameters, size, preparation, embedding = ROWS[name]
    assert parameters == f"{network.parameters:,}"
    assert size == "{} x {}".format(*network.size)
    assert preparation.startswith(network.preparation.order.upper())
    assert embedding == f"{network.embedding_size:,}"
