"""Pickles in the files of `torch.save`: tensors become stand-ins, and nothing is imported.

A tensor is pickled as a call that makes it of a storage, which lies elsewhere in the file: which
bytes, of what type, in which shape. That is kept; the call is not made (`torch/_utils.py` and
`torch/serialization.py` of PyTorch have the functions that are imitated).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from faceaudit.files.safe_pickle_names import BESIDE, INERT, opaque
from faceaudit.files.safe_pickle_values import (
    BrokenPickle,
    Hold,
    HoldsCode,
    Imitation,
    Language,
    Name,
    Opaque,
    Span,
)

_TYPES: Final = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16",
    "Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8",
    "Bool": "bool", "ComplexDouble": "complex128", "ComplexFloat": "complex64",
    "Untyped": "uint8", "QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32",
}  # fmt: skip
ITEM_SIZES: Final = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2,
    "int8": 1, "uint8": 1, "bool": 1, "complex128": 16, "complex64": 8, "qint8": 1, "quint8": 1,
    "qint32": 4,
}  # fmt: skip
"""Bytes of a number, by the types of storages."""

_STORAGE = re.compile(r"torch\.(?:cuda\.|storage\.)?(\w+)Storage")
_KEY = re.compile(
    r"\('storage', <class '([\w.]{1,60})'>, '(\w{1,30})', '[\w:]{1,20}', ([0-9]{1,18})(?:, None)?\)"
)
_DTYPE = re.compile(r"torch\.((?:u?int|b?float|complex|bool)\w*)")
_AXES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Storage(Opaque):
    """Numbers in a row, elsewhere in the file.

    Attributes:
        key: what they are called there; of numbers in the pickle itself, the bytes that hold them.
        dtype: as torch calls it, such as "float32".
        count: how many there are.
        start: the first of them that belongs to this one, for one that is a part of another.
    """

    key: str | bytes | Span
    dtype: str
    count: int
    start: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor(Opaque):
    """A tensor that was not read yet.

    Attributes:
        storage: that its numbers are in.
        dtype: of its numbers.
        offset: where in the storage its first number is.
        shape, stride: as of a tensor.
    """

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OddTensor(Opaque):
    """A tensor of another kind than numbers in a grid; `kind` says which in words."""


def storage_of(key: object) -> Storage:
    """Return the storage that a key of `torch.save`, written in its place, stands for.

    Raises:
        BrokenPickle: the key is none.
    """
    if isinstance(key, bytes):
        key = _read_key(key)
    match key:
        case ("storage", Name(kind), str() as name, _, int() as count, *rest) if count >= 0:
            found = _STORAGE.fullmatch(kind)
            if found is None or found[1] not in _TYPES:
                raise BrokenPickle("a storage of no known type")
            dtype = _TYPES[found[1]]
            match rest:
                case [] | [None]:
                    return Storage("Storage", name, dtype, count)
                case [(_, int() as start, int() as size)] if 0 <= start <= start + size <= count:
                    return Storage("Storage", name, dtype, count, start)
    raise BrokenPickle("a storage that is none")


def _read_key(text: bytes) -> object:
    """Return the key that protocol 0 writes as a line of text."""
    found = _KEY.fullmatch(text.decode("ascii", "replace"))
    return None if found is None else ("storage", Name(found[1]), found[2], None, int(found[3]))


def _is_grid(values: object) -> bool:
    return (
        isinstance(values, tuple)
        and len(values) <= _AXES
        and all(type(value) is int and 0 <= value < 2**62 for value in values)
    )


def _make_tensor(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (
            Storage() as storage,
            int() as offset,
            tuple() as shape,
            tuple() as stride,
            *rest,
        ) if _is_grid(shape) and _is_grid(stride) and len(shape) == len(stride) and offset >= 0:
            dtype = storage.dtype
            match rest:
                case [_, _, Name(text), *_] if found := _DTYPE.fullmatch(text):
                    dtype = found[1]
            if dtype.startswith("q"):
                return OddTensor("quantised")
            return StoredTensor("Tensor", storage, dtype, offset + storage.start, shape, stride)
    raise BrokenPickle("a tensor that is none")


def _make_parameter(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case ((StoredTensor() | OddTensor()) as tensor, *_):
            return tensor
    raise BrokenPickle("a parameter that is none")


def _make_of_type(hold: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (Name(function), Name(), tuple() as parts, _) if function in _TENSORS:
            return _TENSORS[function](hold, parts)
    raise HoldsCode("torch._tensor._rebuild_from_type_v2")


def _make_size(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (tuple() as shape,) if _is_grid(shape):
            return shape
    raise BrokenPickle("a size that is none")


def _make_nested(_: Hold, arguments: tuple[object, ...]) -> object:
    """Return the storage that a plain pickle holds as the bytes of a file of its own."""
    match arguments:
        case ((bytes() | Span()) as content,):
            return Storage("Storage", content, "", 0)
    raise BrokenPickle("a storage that is none")


def _make_odd(kind: str) -> Imitation:
    return lambda _, __: OddTensor(kind)


_TENSORS: Final[Mapping[str, Imitation]] = {
    "torch._utils._rebuild_tensor": _make_tensor,
    "torch._utils._rebuild_tensor_v2": _make_tensor,
    "torch._utils._rebuild_tensor_v3": _make_tensor,
    "torch._utils._rebuild_parameter": _make_parameter,
    "torch._utils._rebuild_parameter_with_state": _make_parameter,
    "torch._utils._rebuild_qtensor": _make_odd("quantised"),
    "torch._utils._rebuild_sparse_tensor": _make_odd("sparse"),
    "torch._utils._rebuild_sparse_csr_tensor": _make_odd("sparse"),
    "torch._utils._rebuild_nested_tensor": _make_odd("nested"),
    "torch._utils._rebuild_meta_tensor_no_storage": _make_odd("without numbers (meta)"),
}

TORCH: Final = Language(
    imitated={
        **BESIDE,
        **_TENSORS,
        "torch._tensor._rebuild_from_type_v2": _make_of_type,
        "torch.storage._load_from_bytes": _make_nested,
        "torch.Size": _make_size,
        "torch.device": opaque("torch.device"),
        "torch.serialization._get_layout": opaque("torch.layout"),
    },
    inert=re.compile(
        INERT + r"|torch\.((cuda|storage)\.)?\w+Storage|torch\.(Tensor|nn\.parameter\.Parameter)"
        r"|torch\.(q?u?int|b?float|complex|bool)\w*|torch\.per_(tensor|channel)_\w+"
        r"|torch\.(strided|sparse_\w+)"
    ),
    persistent=storage_of,
)
"""What the files of `torch.save` are made with."""
