"""The role of an ONNX graph, told by how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

Kind = Literal["identifier", "embedder"]

_PASSED_ON = frozenset({"Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze"})
_SOFTMAX = frozenset({"Softmax", "LogSoftmax"})
_NORMS = frozenset({"LpNormalization", "BatchNormalization"})
_LENGTHS = frozenset({"ReduceL2", "ReduceSumSquare", "Sqrt", "Clip", "Max", "Expand"})
_STEPS = 8


@dataclass(frozen=True)
class ToldKind:
    """A role, and the operation that tells it.

    Attributes:
        kind: identifier or embedder.
        why: for people to read.
    """

    kind: Kind
    why: str


def tell_kind(graph: GraphProto, output: str) -> ToldKind | None:
    """Return the role of an output; None where it cannot be told.

    An output that comes out of a softmax, or goes into one elsewhere in the graph, is that of an
    identifier. One that ends in a batch norm, or is divided by its length, is an embedding: people
    are not weighed against one another so. Casts and reshapes after that do not count.
    """
    made = {name: node for node in graph.node for name in node.output}
    at = output
    for _ in range(_STEPS):
        if any(node.op_type in _SOFTMAX and at in node.input for node in graph.node):
            return ToldKind("identifier", "a softmax follows")
        node = made.get(at)
        if node is None:
            break
        told = _tell_by_end(node, made)
        if told is not None:
            return told
        if node.op_type not in _PASSED_ON or not node.input:
            break
        at = node.input[0]
    return None


def _tell_by_end(node: NodeProto, made: Mapping[str, NodeProto]) -> ToldKind | None:
    """Return the role that an output has for its last operation; None where that tells none."""
    if node.op_type in _SOFTMAX:
        return ToldKind("identifier", "it ends in a softmax")
    if node.op_type in _NORMS:
        return ToldKind("embedder", f"it ends in {node.op_type}")
    if node.op_type == "Div" and _is_length(made.get(node.input[1])):
        return ToldKind("embedder", "it is divided by its length")
    return None


def _is_length(node: NodeProto | None) -> bool:
    return node is not None and node.op_type in _LENGTHS
