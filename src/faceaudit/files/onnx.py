"""ONNX files: read without opening any other file that they name, and what their graphs do."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.errors import WeightsError
from faceaudit.files.onnx_bounds import DEPTH, NODES, PARTS, has_too_many_parts, written_out

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

LIMIT = 2**31 - 1
"""Bytes that the format itself (protobuf) can hold."""

_FIRST_NODES = 8  # a graph that goes in a circle has no last one
_PASSED_ON = frozenset({"Identity", "Cast", "Transpose", "Dropout"})
_SHIFTS = frozenset({"Sub", "Add"})
_SCALES = frozenset({"Mul", "Div"})


@dataclass(frozen=True)
class Port:
    """An input or output of a graph.

    Attributes:
        name: as in the file.
        type: of its elements, e.g. "FLOAT".
        shape: one number an axis, None where it is open; None when nothing is said.
    """

    name: str
    type: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """A graph with its weights, all in one file.

    Attributes:
        path: where it was read.
        size: its bytes.
        sha256: of them.
        model: parsed, without what this version of ONNX does not know. What is to run has to be
            made of it, not of the file: then what was checked is what runs.
        operators: of the nodes of all graphs in it, e.g. "Conv".
        inputs, outputs: of the graph; weights that old files list as inputs are left out.
    """

    path: Path
    size: int
    sha256: str
    model: ModelProto
    operators: frozenset[str]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def serialise(self) -> bytes:
        """Return the model as bytes that every parser reads alike: those to run."""
        content: bytes = self.model.SerializeToString(deterministic=True)
        return content


def read_onnx(path: Path, *, limit: int = LIMIT) -> OnnxFile:
    """Read an ONNX file; nothing in it is run and no other file is opened.

    Args:
        path: of the file.
        limit: bytes it may have.

    Raises:
        WeightsError: it is not there, larger than `limit`, no ONNX, or keeps weights elsewhere.
    """
    import onnx  # noqa: PLC0415 - only this kind of file needs it
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415

    content = _read_content(path, limit)
    if has_too_many_parts(content):
        raise WeightsError(
            f"expected an ONNX file of a network, got {path} of more than {PARTS:,} parts; do not "
            "trust this file"
        )
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
        model.DiscardUnknownFields()
    except (DecodeError, RecursionError, ValueError) as error:
        raise WeightsError(
            f"expected an ONNX file, got {path} that cannot be parsed ({error}); "
            "copy or download it again"
        ) from None
    if not model.graph.node or not model.graph.output:
        raise WeightsError(
            f"expected an ONNX file with a graph, got {path} without nodes or outputs; "
            "copy or download it again"
        )
    operators = set()
    for part in _walk_model(model):
        if isinstance(part, onnx.NodeProto):
            operators.add(part.op_type)
        elif part.data_location == onnx.TensorProto.EXTERNAL or part.external_data:
            raise WeightsError(
                f"expected an ONNX file that holds all its weights, got {path} whose tensor "
                f"{part.name!r} names another file; save it as one file "
                "(onnx.save with save_as_external_data=False)"
            )
    if written_out(model) > NODES:
        raise WeightsError(
            f"expected an ONNX file of at most {NODES:,} operations, got {path} with more once its "
            f"functions are written out, or functions more than {DEPTH} deep; do not trust this "
            "file"
        )
    own = {tensor.name for tensor in model.graph.initializer}
    return OnnxFile(
        path=path,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        model=model,
        operators=frozenset(operators),
        inputs=tuple(_port(port) for port in model.graph.input if port.name not in own),
        outputs=tuple(_port(port) for port in model.graph.output),
    )


def scales_pixels(graph: GraphProto, name: str) -> bool | None:
    """Return whether a graph brings the pixels of its input into range by itself.

    That is so when the first things done to the input are a shift (Sub or Add) and a scale (Mul or
    Div) by constants, in either order: exports of insightface's MXNet networks begin so. Casts and
    transpositions in between do not count.

    Args:
        graph: of the file.
        name: of the input.

    Returns:
        None when only one of the two is there: then it cannot be told what the other part is.
    """
    constant = {tensor.name for tensor in graph.initializer}
    constant |= {out for node in graph.node if node.op_type == "Constant" for out in node.output}
    shifts = scales = 0
    for _ in range(_FIRST_NODES):
        node = _find_only_reader(graph, name)
        if node is None or shifts + scales == 2:
            break
        others = [other for other in node.input if other != name]
        if node.op_type in _SHIFTS | _SCALES and len(others) == 1 and others[0] in constant:
            shifts += node.op_type in _SHIFTS
            scales += node.op_type in _SCALES
        elif node.op_type not in _PASSED_ON:
            break
        name = node.output[0]
    return True if shifts and scales else None if shifts or scales else False


def _find_only_reader(graph: GraphProto, name: str) -> NodeProto | None:
    readers = [node for node in graph.node if name in node.input and name not in node.output]
    return readers[0] if len(readers) == 1 and readers[0].output else None


def _read_content(path: Path, limit: int) -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError("a pipe or device, which has no end")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size  # as much memory is taken as is asked for
            content = file.read(min(limit, size) + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WeightsError(
            f"expected an ONNX file that can be read, got {path} ({reason}); check the path"
        ) from None
    if len(content) > limit:
        raise WeightsError(
            f"expected an ONNX file of at most {limit:,} bytes, got more in {path}; "
            "raise the limit if that is meant"
        )
    return content


def _port(port: ValueInfoProto) -> Port:
    import onnx  # noqa: PLC0415

    kind = port.type.tensor_type
    name = onnx.TensorProto.DataType.keys()
    known = dict(zip(onnx.TensorProto.DataType.values(), name, strict=True))
    shape: tuple[int | None, ...] | None = None
    if kind.HasField("shape"):
        shape = tuple(
            axis.dim_value if axis.HasField("dim_value") and axis.dim_value > 0 else None
            for axis in kind.shape.dim
        )
    return Port(port.name, known.get(kind.elem_type, "UNDEFINED"), shape)


def _walk_model(model: ModelProto) -> Iterator[NodeProto | TensorProto]:
    """Yield every node and tensor of a model, those of graphs in nodes and functions too."""
    graphs: list[GraphProto] = [model.graph]
    for training in model.training_info:
        graphs += [training.initialization, training.algorithm]
    nodes: list[Any] = [node for function in model.functions for node in function.node]
    # What a function's attributes are by default.
    attributes: list[Any] = [item for each in model.functions for item in each.attribute_proto]
    while graphs or nodes or attributes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            yield from _sparse(graph.sparse_initializer)
            nodes.extend(graph.node)
        elif nodes:
            node = nodes.pop()
            yield node
            attributes.extend(node.attribute)
        else:
            attribute = attributes.pop()
            yield from (attribute.t, *attribute.tensors)
            yield from _sparse((attribute.sparse_tensor, *attribute.sparse_tensors))
            graphs += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _sparse(tensors: Iterable[Any]) -> Iterator[TensorProto]:
    for tensor in tensors:
        yield from (tensor.values, tensor.indices)
