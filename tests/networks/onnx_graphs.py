"""Small ONNX graphs, built node by node, and the same computation in torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

Shape = Sequence[int | str]


class Small(nn.Module):
    """A strided convolution, ReLU, and a dense layer to 5 numbers; takes (N, 3, 12, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.dense = nn.Linear(4 * 5 * 4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(torch.relu(self.conv(x)).flatten(1))


def small(seed: int = 0) -> Small:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Small().eval()


def save(
    path: Path,
    module: Small,
    *,
    before: Sequence[tuple[str, float]] = (),
    shape: Shape = ("N", 3, 12, 10),
    out: Shape = ("N", 5),
    channels_last: bool = False,
    half: bool = False,
    twice: bool = False,
) -> Path:
    """Write `module` as ONNX.

    Args:
        before: operations on the pixels with a constant each, such as ("Sub", 127.5).
        twice: give a second output.
    """
    dtype = np.float16 if half else np.float32
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    values = {name: p.detach().numpy().astype(dtype) for name, p in module.named_parameters()}
    nodes, at = [], "pixels"
    if channels_last:
        nodes.append(helper.make_node("Transpose", [at], ["first"], perm=[0, 3, 1, 2]))
        at = "first"
    for place, (operation, value) in enumerate(before):
        values[f"constant{place}"] = np.array(value, dtype=dtype)
        nodes.append(helper.make_node(operation, [at, f"constant{place}"], [f"scaled{place}"]))
        at = f"scaled{place}"
    nodes += [
        helper.make_node("Conv", [at, "conv.weight", "conv.bias"], ["conv"], strides=[2, 2]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("Flatten", ["relu"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense.weight", "dense.bias"], ["embedding"], transB=1),
    ]
    outputs = [helper.make_tensor_value_info("embedding", kind, list(out))]
    if twice:
        nodes.append(helper.make_node("Identity", ["flat"], ["map"]))
        outputs.append(helper.make_tensor_value_info("map", kind, ["N", 80]))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", kind, list(shape))],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
