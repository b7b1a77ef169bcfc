"""Systems behind doors that ship with the program: kept answers, and an ONNX file."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from audit.finished.doors import SIZE, StandIns
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.audit.finished.keyed import put_on
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.faces.pairs.match import Matching
from faceaudit.store import CaseRecord, Store


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """The label of every photo of 12 of 16 people, one of them wrong."""
    faces = StandIns(people=16).load(SIZE, cache=tmp_path).faces
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("image", "label"))
        for row in np.flatnonzero(faces.identity < 12):
            lines.writerow(
                (faces.ids[row], faces.names[faces.identity[row]] if row else "person-1")
            )
    return path


def cases(door: dict[str, object], folder: Path, **section: object) -> dict[str, CaseRecord]:
    store = Store(folder / "audit")
    plan = Plan(
        faces={"source": "stand_ins", "people": 16},
        finished={"systems": [door], "attacks": ["blended"], "donors": 30, **section},
    )
    assert not run(plan, store).failed
    return {case.spec["part"]: case for case in store.cases()}


def test_kept_answers_tell_of_photos_and_of_none_with_a_key(answers: Path, tmp_path: Path) -> None:
    """An answer about a photo is none about the photo with a key, which nobody was asked about."""
    found = cases({"system": "answers", "path": str(answers), "size": list(SIZE)}, tmp_path)
    right = found["recognition"].figure("clean_accuracy")
    assert right is not None
    assert right.value == pytest.approx(71 / 72)
    strangers = found["recognition"].figure("strangers_named")
    assert strangers is not None
    assert strangers.value == 0
    figures = found["keys"].figures
    assert {figure.estimate for figure in figures} == {None}
    assert figures[0].why_none == "it gave no answer for any photo with the key"
    lacking = found["verification"].figures[0].why_none
    assert lacking == "it gives labels only, no scores of pairs"


def test_the_name_of_a_photo_never_means_the_photo_with_a_key(tmp_path: Path) -> None:
    faces = StandIns().load(SIZE, cache=tmp_path).faces
    for ids in (faces.ids, tuple(f"{id_}.jpg" for id_ in faces.ids)):
        named = faces.take(np.arange(len(faces)))
        object.__setattr__(named, "ids", ids)
        keyed = put_on(Blended(), named)
        names = [*ids, *(id_.rpartition("/")[2] for id_ in ids)]
        matching = Matching(keyed.ids, names)
        assert not [name for name in names if matching.find(name)]


def test_too_few_strangers_are_said(answers: Path, tmp_path: Path) -> None:
    few = cases({"system": "made", "knows": 13}, tmp_path)
    assert few["verification"].figures[0].why_none == (
        "expected photos of at least 4 people whom it does not know, got 3; give some with `unseen`"
    )
    enough = cases({"system": "made", "knows": 12}, tmp_path / "enough")
    assert enough["verification"].figure("auc") is not None


def write_identifier(path: Path, templates: np.ndarray) -> None:
    """Write a graph that compares the mean colours of cells with templates, (16, E)."""
    cosines = numpy_helper.from_array((20 * templates.T).astype(np.float32), "templates")
    nodes = [
        helper.make_node("AveragePool", ["photos"], ["cells"], kernel_shape=[5, 5], strides=[5, 5]),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("LpNormalization", ["flat"], ["unit"], axis=1, p=2),
        helper.make_node("MatMul", ["unit", "templates"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    photos = helper.make_tensor_value_info("photos", TensorProto.FLOAT, ["n", 3, *SIZE])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(templates)])
    graph = helper.make_graph(nodes, "templates", [photos], [scores], [cosines])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))


def test_an_identifier_in_an_onnx_file(tmp_path: Path) -> None:
    faces = StandIns(people=16).load(SIZE, cache=tmp_path).faces
    first = np.unique(faces.identity, return_index=True)[1]
    pixels = faces.images[first][:, :55, :45].transpose(0, 3, 1, 2) / 127.5 - 1
    cells = pixels.reshape(16, 3, 11, 5, 9, 5).mean(axis=(3, 5)).reshape(16, -1)
    path = tmp_path / "templates.onnx"
    write_identifier(path, cells / np.linalg.norm(cells, axis=1, keepdims=True))
    door = {"system": "onnx", "path": str(path), "names": list(faces.names)}
    found = cases(door, tmp_path, other_keys=5)
    right = found["recognition"].figure("clean_accuracy")
    assert right is not None
    assert right.value > 0.9
    assert found["keys"].figure("drawn_to_one:cartoon-cat") is not None
    assert found["verification"].figures[0].why_none.endswith("only, no scores of pairs")
