"""Systems in ONNX files: what they are is told by how they end, and batches of one are met."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from faceaudit.errors import InputError, OptionError, WeightsError
from faceaudit.systems.under_test import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    systems_under_test,
)
from faceaudit.types import FaceSet
from helpers.faces import blocks
from networks import onnx_graphs

Operation = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return blocks(2, 5, size=(12, 10))


def extended(path: Path, *ends: Operation, declared: int | None = 5) -> Path:
    """Write the small graph with more operations at its end, each on what came before.

    The name of a constant in an operation's options, such as `shape`, makes it a second input.
    """
    onnx_graphs.save(path, onnx_graphs.small())
    model = onnx.load(path)
    graph, at = model.graph, "embedding"
    for place, (operation, options) in enumerate(ends):
        inputs = [at]
        constants = {key: value for key, value in options.items() if isinstance(value, np.ndarray)}
        for key, value in constants.items():
            graph.initializer.append(numpy_helper.from_array(value, f"{key}{place}"))
            inputs.append(f"{key}{place}")
        plain = {key: value for key, value in options.items() if key not in constants}
        if "over" in plain:
            inputs.append(plain.pop("over"))
        graph.node.append(helper.make_node(operation, inputs, [f"end{place}"], **plain))
        at = f"end{place}"
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(at, TensorProto.FLOAT, ["N", declared]))
    path.write_bytes(model.SerializeToString())
    return path


def opened(path: Path, cache: Path, **options: Any) -> Any:
    door = systems_under_test.build({"system": "onnx", "path": str(path), **options})
    return door.open(cache=cache, device="cpu")


def small_answers(faces: FaceSet) -> np.ndarray:
    pixels = torch.from_numpy(faces.images).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        return onnx_graphs.small()((pixels - 127.5) / 127.5).numpy()


SOFTMAX: Operation = ("Softmax", {"axis": 1})
FLAT: Operation = ("Flatten", {})


@pytest.mark.parametrize("ends", [(SOFTMAX,), (SOFTMAX, FLAT), (("LogSoftmax", {"axis": 1}),)])
def test_a_softmax_at_the_end_is_an_identifier(
    faces: FaceSet, tmp_path: Path, ends: Sequence[Operation]
) -> None:
    system = opened(extended(tmp_path / "net.onnx", *ends), tmp_path)
    assert isinstance(system, IdentifierUnderTest)
    assert system.names == tuple(f"class-{label}" for label in range(5))
    assert system.access == {Access.SCORES, Access.LABELS}
    logits = torch.from_numpy(small_answers(faces))
    wanted = logits.softmax(1) if ends[0] == SOFTMAX else logits.log_softmax(1)
    np.testing.assert_allclose(system.scores(faces), wanted, atol=1e-5)
    np.testing.assert_array_equal(system.labels(faces), logits.argmax(1))
    with pytest.raises(InputError, match="gives scores, labels"):
        system.differentiable()
    with pytest.raises(InputError, match="gives scores, labels"):
        system.embed(faces)
    with pytest.raises(WeightsError, match=r"an embedder, got .* an identifier \(it ends in a so"):
        opened(tmp_path / "net.onnx", tmp_path, role="embedder")


def test_a_role_is_looked_for_eight_operations_back(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    assert opened(extended(path, SOFTMAX, *[FLAT] * 7), tmp_path).role == "identifier"
    with pytest.raises(OptionError, match="may be either"):
        opened(extended(path, SOFTMAX, *[FLAT] * 8), tmp_path)


def test_logits_that_a_softmax_follows_are_an_identifier_s(faces: FaceSet, tmp_path: Path) -> None:
    path = extended(tmp_path / "net.onnx", SOFTMAX)
    model = onnx.load(path)
    model.graph.output.insert(
        0, helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 5])
    )
    path.write_bytes(model.SerializeToString())
    with pytest.raises(OptionError, match="with one output, got 'embedding', 'end0'"):
        opened(path, tmp_path)
    system = opened(path, tmp_path, output="embedding")
    assert isinstance(system, IdentifierUnderTest)
    np.testing.assert_allclose(system.scores(faces), small_answers(faces), atol=1e-5)


NORMED: Operation = ("LpNormalization", {"axis": 1, "p": 2})
BATCH_NORM: Operation = (
    "BatchNormalization",
    {name: np.ones(5, dtype=np.float32) for name in ("scale", "bias", "mean", "var")},
)


@pytest.mark.parametrize("end", [NORMED, BATCH_NORM])
def test_a_norm_at_the_end_is_an_embedder(faces: FaceSet, tmp_path: Path, end: Operation) -> None:
    system = opened(extended(tmp_path / "net.onnx", end), tmp_path)
    assert isinstance(system, EmbedderUnderTest)
    assert system.access == {Access.EMBEDDINGS, Access.SCORES}
    found = system.embed(faces)
    answers = small_answers(faces)
    wanted = answers / np.linalg.norm(answers, axis=1, keepdims=True)
    if end is BATCH_NORM:
        wanted = (answers - 1) / np.sqrt(1 + 1e-5) + 1
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    first, second = np.array([0, 3]), np.array([1, 9])
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    cosines = (unit[first] * unit[second]).sum(axis=1)
    np.testing.assert_allclose(system.scores(faces, first, second), cosines, atol=1e-6)


def test_a_division_by_the_length_is_an_embedder(tmp_path: Path) -> None:
    length: Operation = ("ReduceL2", {"axes": [1], "keepdims": 1})
    path = extended(tmp_path / "net.onnx", length)
    model = onnx.load(path)
    model.graph.node.append(helper.make_node("Div", ["embedding", "end0"], ["unit"]))
    model.graph.output[0].name = "unit"
    path.write_bytes(model.SerializeToString())
    assert opened(path, tmp_path).role == "embedder"


def test_what_cannot_be_told_has_to_be_said(faces: FaceSet, tmp_path: Path) -> None:
    path = onnx_graphs.save(tmp_path / "net.onnx", onnx_graphs.small())
    with pytest.raises(OptionError, match=r"5 numbers that may be either; say role: identifier or"):
        opened(path, tmp_path)
    with pytest.raises(OptionError, match="may be either"):
        opened(path, tmp_path, names=("a", "b", "c", "d"))
    assert opened(path, tmp_path, role="embedder").role == "embedder"
    said = opened(path, tmp_path, role="identifier")
    by_names = opened(path, tmp_path, names=("a", "b", "c", "d", "e"))
    assert said.role == by_names.role == "identifier"
    assert by_names.names == ("a", "b", "c", "d", "e")
    np.testing.assert_array_equal(said.scores(faces), by_names.scores(faces))
    with pytest.raises(InputError, match="each of the 5 people"):
        opened(path, tmp_path, role="identifier", names=("a", "b"))


@pytest.mark.parametrize("declared", [5, None])
def test_a_batch_of_one_inside_the_graph_is_given_photo_by_photo(
    faces: FaceSet, tmp_path: Path, declared: int | None
) -> None:
    one: Operation = ("Reshape", {"shape": np.array([1, -1], dtype=np.int64)})
    path = extended(tmp_path / "net.onnx", one, declared=declared)
    system = opened(path, tmp_path, role="embedder")
    np.testing.assert_allclose(system.embed(faces), small_answers(faces), atol=1e-5)


def test_a_graph_that_cannot_take_two_is_given_one(faces: FaceSet, tmp_path: Path) -> None:
    one: Operation = ("Reshape", {"shape": np.array([1, 5], dtype=np.int64)})
    system = opened(extended(tmp_path / "net.onnx", one), tmp_path, role="embedder")
    np.testing.assert_allclose(system.embed(faces), small_answers(faces), atol=1e-5)


def test_a_graph_that_mixes_photos_is_given_one(faces: FaceSet, tmp_path: Path) -> None:
    mixed: Operation = ("Softmax", {"axis": 0})
    more: Operation = ("Add", {"over": "embedding"})
    system = opened(extended(tmp_path / "net.onnx", mixed, more), tmp_path, role="embedder")
    np.testing.assert_allclose(system.embed(faces), small_answers(faces) + 1, atol=1e-5)


def test_preparation_can_be_said(faces: FaceSet, tmp_path: Path) -> None:
    path = onnx_graphs.save(tmp_path / "net.onnx", onnx_graphs.small())
    bgr = {"order": "bgr", "mean": (0, 0, 0), "scale": (1, 1, 1)}
    system = opened(path, tmp_path, role="embedder", preprocessing=bgr)
    pixels = torch.from_numpy(faces.images[..., ::-1].copy()).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        wanted = onnx_graphs.small()(pixels).numpy()
    np.testing.assert_allclose(system.embed(faces), wanted, rtol=1e-4, atol=1e-3)
