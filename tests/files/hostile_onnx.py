"""Small ONNX graphs that mean harm: they take photos as any network does, and then no end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import FunctionProto, NodeProto, TensorProto, helper, numpy_helper

PHOTO = ("N", 3, 12, 10)
OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]


def model(
    nodes: list[NodeProto],
    constants: dict[str, np.ndarray] | None = None,
    functions: list[FunctionProto] | None = None,
    out: tuple[str | int, ...] = ("N", 360),
) -> onnx.ModelProto:
    """Return a model from "pixels" to "embedding"."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, list(PHOTO))],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, list(out))],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=OPSETS, ir_version=8, functions=functions or [])


def honest() -> onnx.ModelProto:
    return model([helper.make_node("Flatten", ["pixels"], ["embedding"])])


def doubling(deep: int) -> onnx.ModelProto:
    """Local functions that call the next one twice each: 2**deep nodes once they are inlined."""
    functions = []
    for number in range(deep):
        last = number == deep - 1
        calls = (
            [helper.make_node("Identity", ["x"], ["y"])]
            if last
            else [
                helper.make_node(f"f{number + 1}", ["x"], ["m"], domain="own"),
                helper.make_node(f"f{number + 1}", ["m"], ["y"], domain="own"),
            ]
        )
        functions.append(helper.make_function("own", f"f{number}", ["x"], ["y"], calls, OPSETS))
    nodes = [
        helper.make_node("f0", ["pixels"], ["same"], domain="own"),
        helper.make_node("Flatten", ["same"], ["embedding"]),
    ]
    return model(nodes, functions=functions)


def filling(numbers: int) -> onnx.ModelProto:
    """A constant of so many floats, that a few bytes describe."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("Expand", ["large", "wide"], ["larger"]),
        helper.make_node("ReduceSum", ["larger"], ["sum"], keepdims=0),
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("Add", ["flat", "sum"], ["embedding"]),
    ]
    shape = np.array([numbers], np.int64)
    return model(nodes, {"shape": shape, "wide": np.array([1, numbers], np.int64)})


def multiplying(side: int, times: int, *, fixed: bool = False) -> onnx.ModelProto:
    """Products of large matrices, one after another; `fixed` ones are done while it loads."""
    seed = helper.make_node("ConstantOfShape", ["shape"], ["m0"])
    if not fixed:
        seed = helper.make_node("Expand", ["zero", "shape"], ["m0"])
    nodes = [helper.make_node("ReduceSum", ["pixels"], ["zero"], keepdims=0), seed]
    nodes += [helper.make_node("MatMul", [f"m{n}", f"m{n}"], [f"m{n + 1}"]) for n in range(times)]
    nodes += [
        helper.make_node("ReduceSum", [f"m{times}"], ["sum"], keepdims=0),
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("Add", ["flat", "sum"], ["embedding"]),
    ]
    return model(nodes, {"shape": np.array([side, side], np.int64)})


def endless() -> onnx.ModelProto:
    """A loop that goes on for 2**62 rounds, of a kind that the checks of a graph refuse."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Identity", ["x"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("Loop", ["rounds", "yes", "pixels"], ["last"], body=body),
        helper.make_node("Flatten", ["last"], ["embedding"]),
    ]
    return model(nodes, {"rounds": np.array(2**62), "yes": np.array(True)})


def in_own_format(source: onnx.ModelProto, path: Path) -> bytes:
    """Return a model as ONNX Runtime's own format has it."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 4
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(
        source.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return path.read_bytes()
