from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from faceaudit.errors import OptionError, UnknownName
from faceaudit.networks import networks
from faceaudit.weights import KnownWeights, known, known_by_sha256, known_weights


@pytest.mark.parametrize("entry", known_weights(), ids=lambda entry: entry.name)
def test_every_entry(entry: KnownWeights) -> None:
    assert known(entry.name) is entry
    if entry.network is not None and entry.network["network"] != "onnx":
        networks.build(entry.network)
    if entry.sha256 is not None:
        assert entry.file is not None
        assert entry.size is not None
        assert known_by_sha256(entry.sha256) is entry
    if entry.url is not None:
        assert entry.file is not None


def test_names_are_unique_and_close_ones_offered() -> None:
    names = [entry.name for entry in known_weights()]
    assert names == sorted(set(names))
    assert len(names) > 20
    with pytest.raises(UnknownName, match="got 'yunett'; try 'yunet'"):
        known("yunett")
    assert known_by_sha256("0" * 64) is None


def test_an_entry_is_checked() -> None:
    entry = known("yunet")
    for wrong in (
        {"url": "http://example.org/a"},
        {"sha256": "ABC"},
        {"file": "../a"},
        {"file": ".a"},
        {"size": 0},
    ):
        with pytest.raises(OptionError):
            KnownWeights(**{**entry.model_dump(), **wrong})


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name", ["yunet_n_dynamic", "mobilefacenet_y1_ms1m", "mobilefacenet_casia"]
)
def test_digests_of_real_files(name: str, real_data: Path) -> None:
    entry = known(name)
    assert entry.file is not None
    content = (real_data / "weights" / entry.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert len(content) == entry.size
