"""What a row of results calls a system and a mitigation."""

from __future__ import annotations

import pytest

from faceaudit.audit.common.rows import network_name, spell
from faceaudit.records.backbone import BackboneFacts, FileBackboneFacts, PretrainedBackboneFacts

PRETRAINED = PretrainedBackboneFacts(
    source="synthetic", people=3, photos=9, epochs=1, validation_photos=3, validation_accuracy=1
)


@pytest.mark.parametrize(
    ("network", "backbone", "name"),
    [
        ("onnx", FileBackboneFacts(file="a.onnx", sha256="8" * 64), "onnx:a.onnx"),
        ("vggface", FileBackboneFacts(file="a.h5", sha256="8" * 64, format="keras"), "vggface"),
        ("deepid", PRETRAINED, "deepid"),
        ("deepid", None, "deepid"),
    ],
)
def test_a_network_that_is_its_file_is_told_by_it(
    network: str, backbone: BackboneFacts | None, name: str
) -> None:
    assert network_name(network, backbone) == name


def test_two_mitigations_with_other_options_have_two_names() -> None:
    one = {"mitigation": "facebone", "query": "random", "backbones": 2}
    assert spell(one, "mitigation") == "facebone(backbones=2, query=random)"
    assert spell({**one, "backbones": 3}, "mitigation") != spell(one, "mitigation")
