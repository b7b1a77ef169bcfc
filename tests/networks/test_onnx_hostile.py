"""ONNX files that mean harm cost a line of text, and sound ones give the same bits as ever."""

from __future__ import annotations

import copy
import gc
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from faceaudit.errors import WeightsError
from faceaudit.files import onnx as onnx_file
from faceaudit.files import onnx_bounds
from faceaudit.files.limited import limits, onnx_session
from faceaudit.files.onnx import read_onnx
from faceaudit.networks import networks
from faceaudit.networks.common.onnx_runtime import Runtime
from files import hostile_onnx
from networks.onnx_graphs import save, small

CPU = ["CPUExecutionProvider"]
ONE = np.arange(360, dtype=np.float32).reshape(1, 3, 12, 10)


def written(folder: Path, model: onnx.ModelProto | bytes) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return path


def run(path: Path, images: np.ndarray = ONE) -> np.ndarray:
    network = networks.build({"network": "onnx", "path": str(path)}).build()
    return network(torch.from_numpy(images)).numpy()


def run_unchecked(path: Path) -> np.ndarray:
    """Run a file without the checks of what its graph may do: only the limits are left."""
    file = read_onnx(path)
    return Runtime(file, file.inputs[0], file.outputs[0]).run(ONE, "cpu")


def refuse(path: Path, match: str) -> None:
    with pytest.raises(WeightsError, match=match) as raised:
        run(path)
    assert str(raised.value).isprintable()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some tenths of a second are enough to see that there is a limit."""
    monkeypatch.setattr(limits, "SECONDS", 0.3)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bits_as_in_this_process(tmp_path: Path, threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        path = save(tmp_path / "a.onnx", small())
        file = read_onnx(path)
        images = np.random.default_rng(0).normal(size=(16, 12, 10, 3)).astype(np.float32)
        images = images.transpose(0, 3, 1, 2)  # as torch has photos, channels last
        runtime = Runtime(file, file.inputs[0], file.outputs[0])
        for content in (path.read_bytes(), file.serialise()):
            session = onnx_session.load(content, threads, CPU)
            wanted = session.run(None, {"pixels": np.ascontiguousarray(images)})[0]
            np.testing.assert_array_equal(runtime.run(images, "cpu"), wanted, strict=True)
    finally:
        torch.set_num_threads(before)


def test_one_process_a_network(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    network = networks.build({"network": "onnx", "path": str(path)}).build()
    pid = network.runtime._sessions["cpu"].pid
    copied = copy.deepcopy(network)
    assert copied.runtime is network.runtime
    del network
    gc.collect()
    assert copied(torch.zeros(1, 3, 12, 10)).shape == (1, 5)
    assert Path(f"/proc/{pid}").exists()
    del copied
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()


def test_functions_that_double_are_counted_not_written_out(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        run(written(tmp_path, hostile_onnx.doubling(5))), ONE.reshape(1, 360)
    )
    path = written(tmp_path, hostile_onnx.doubling(30))
    assert path.stat().st_size < 3000
    refuse(path, r"at most 100,000 operations, got .* with more once its functions are written")
    many = hostile_onnx.doubling(200)
    refuse(written(tmp_path, many), "or functions more than 64 deep")


def test_a_function_that_calls_itself(tmp_path: Path) -> None:
    model = hostile_onnx.doubling(2)
    model.functions[1].node[0].op_type = "f0"
    model.functions[1].node[0].domain = "own"
    refuse(written(tmp_path, model), "functions more than 64 deep")


def test_functions_that_nobody_counted_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: None
) -> None:
    monkeypatch.setattr(onnx_file, "NODES", 2**60)
    monkeypatch.setattr(onnx_bounds, "NODES", 2**60)
    refuse(written(tmp_path, hostile_onnx.doubling(30)), r"killed after \d+ CPU seconds")


def test_a_few_bytes_that_would_fill_the_memory(tmp_path: Path) -> None:
    path = written(tmp_path, hostile_onnx.filling(10**9))
    assert path.stat().st_size < 1000
    refuse(path, r"out of memory: more than \d+ MB\); do not trust this file")


@pytest.mark.parametrize("fixed", [False, True], ids=["as it runs", "as it loads"])
def test_work_without_end(tmp_path: Path, short: None, fixed: bool) -> None:
    path = written(tmp_path, hostile_onnx.multiplying(3000, 100, fixed=fixed))
    refuse(path, r"killed after \d+ CPU seconds\); do not trust this file")


def test_a_loop_without_end(tmp_path: Path, short: None) -> None:
    path = written(tmp_path, hostile_onnx.endless())
    refuse(path, "got Loop in .*, which may never end")
    with pytest.raises(WeightsError, match=r"killed after \d+ CPU seconds"):
        run_unchecked(path)


def test_only_onnx_is_taken_for_onnx(tmp_path: Path) -> None:
    """ONNX Runtime tells its own format by four bytes, and nobody has checked a graph in that."""
    other = hostile_onnx.in_own_format(hostile_onnx.honest(), tmp_path / "model.ort")
    assert other[4:8] == b"ORTM"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    onnxruntime.InferenceSession(other, options, providers=CPU)
    with pytest.raises(Exception, match=r"Protobuf parsing failed|INVALID_PROTOBUF"):
        onnx_session.load(other, 1, CPU)


def test_what_is_checked_is_what_runs(tmp_path: Path) -> None:
    """A model for one parser that begins as another format does, and carries what nobody knows."""
    honest = hostile_onnx.honest().SerializeToString()
    two = b"\x7a\x08\x00\x00ORTM\x00\x00" + honest + b"\x7a\x06hidden"
    assert onnx.ModelProto.FromString(two).graph == hostile_onnx.honest().graph
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    with pytest.raises(Exception, match=r"ORT|[Ff]lat[Bb]uffer"):
        onnxruntime.InferenceSession(two, options, providers=CPU)
    path = written(tmp_path, two)
    content = read_onnx(path).serialise()
    assert b"ORTM" not in content
    assert b"hidden" not in content
    np.testing.assert_array_equal(run(path), ONE.reshape(1, 360))


def test_a_file_of_very_many_parts(tmp_path: Path) -> None:
    graph = onnx.GraphProto(name="x" * (2 << 20))
    content = b"\x3a\x00" * 1_100_000 + onnx.ModelProto(graph=graph).SerializeToString()
    refuse(written(tmp_path, content), "of more than 1,000,000 parts; do not trust this file")


def test_parts_are_counted_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    model = hostile_onnx.doubling(9)
    model.graph.initializer.add(raw_data=bytes(2 << 20), dims=[1 << 19], data_type=1, name="x")
    content, parts = model.SerializeToString(), count_fields(model)
    monkeypatch.setattr(onnx_bounds, "PARTS", parts)
    assert not onnx_bounds.has_too_many_parts(content)
    monkeypatch.setattr(onnx_bounds, "PARTS", parts - 1)
    assert onnx_bounds.has_too_many_parts(content)


def count_fields(message: Any) -> int:
    """Count what is set in a message and those in it, as protobuf itself tells."""
    found = 0
    for field, value in message.ListFields():
        several = value if hasattr(value, "append") or hasattr(value, "add") else [value]
        found += len(several)
        if field.message_type is not None:
            found += sum(map(count_fields, several))
    return found
