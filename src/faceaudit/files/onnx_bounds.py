"""How much an ONNX file turns into when it is parsed and when its functions are written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

PARTS = 1_000_000
"""Fields that a file may have: each takes much more memory than its two bytes or more."""
NODES = 100_000
"""Nodes that a graph may have once its functions are written out; large networks have 10,000."""
DEPTH = 64
"""Levels of functions that call one another."""

_SMALL = 1 << 20
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5

_Kind = str
_Key = tuple[str, str, str]


def has_too_many_parts(content: bytes) -> bool:
    """Return whether a file would take far more memory once it is parsed than it has bytes.

    What is no protobuf at all is for the parser to tell.
    """
    if len(content) <= _SMALL:
        return False
    parts = 0
    inside = [(0, len(content), "ModelProto")]
    nested = _nested_messages()
    while inside:
        at, end, kind = inside.pop()
        while at < end:
            parts += 1
            if parts > PARTS:
                return True
            tag, at = _varint(content, at, end)
            wire = tag & 7
            if wire == _LENGTH:
                length, at = _varint(content, at, end)
                within = nested[kind].get(tag >> 3)
                if within is not None:
                    inside.append((at, min(at + length, end), within))
                at += length
            elif wire == _VARINT:
                _, at = _varint(content, at, end)
            else:
                at += {_EIGHT: 8, _FOUR: 4}.get(wire, 0)
    return False


def written_out(model: ModelProto) -> int:
    """Return how many nodes a model has once its functions stand in place of their calls.

    Returns:
        More than `NODES` for functions that call themselves, or call others too deep.
    """
    functions = {(each.domain, each.name, _overload(each)): each.node for each in model.functions}
    known: dict[_Key, int] = {}

    def count_function(key: _Key, depth: int) -> int:
        if depth > DEPTH:
            return NODES + 1
        if key not in known:
            known[key] = count_nodes(functions[key], depth + 1)
        return known[key]

    def count_nodes(nodes: Iterable[NodeProto], depth: int) -> int:
        total, waiting = 0, list(nodes)
        while waiting and total <= NODES:
            node = waiting.pop()
            key = (node.domain, node.op_type, _overload(node))
            total += count_function(key, depth) if key in functions else 1
            for attribute in node.attribute:
                for graph in (attribute.g, *attribute.graphs):
                    waiting.extend(graph.node)
        return total

    return count_nodes(model.graph.node, 0)


def _overload(part: Any) -> str:
    return getattr(part, "overload", "")  # since ONNX 1.16


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number that is written in as many bytes as it needs, and where the next one is."""
    value = shift = 0
    while at < end and shift < 70:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    return value, at


@cache
def _nested_messages() -> Mapping[_Kind, Mapping[int, _Kind]]:
    """Return, for each kind of message, which of its fields are messages, and of what kind."""
    import onnx  # noqa: PLC0415 - only this kind of file needs it

    found: dict[_Kind, dict[int, _Kind]] = {}
    waiting = [onnx.ModelProto.DESCRIPTOR]
    while waiting:
        described = waiting.pop()
        if described.full_name.rpartition("onnx.")[2] in found:
            continue
        fields = found[described.full_name.rpartition("onnx.")[2]] = {}
        for field in described.fields:
            if field.message_type is not None:
                fields[field.number] = field.message_type.full_name.rpartition("onnx.")[2]
                waiting.append(field.message_type)
    return found
