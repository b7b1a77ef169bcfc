"""Work: the tensors of Keras' HDF5 files, one after another, as little-endian float32.

The C library that reads HDF5 hangs on about 2 of 1,000 files with random damage (measured with HDF5
2.0), and has been made to crash by others. Here neither costs more than this process.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

SMALL = 1 << 20  # bytes of names
NAMES = 10_000
DEPTH = 8

# Any other filter would be looked for among the plugins of this machine.
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}

# What h5py raises for a damaged file depends on where the damage is.
DAMAGED = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError)

Named = Iterator[tuple[str, h5py.Dataset]]


class Refused(Exception):  # noqa: N818 - reads as what it says
    """The file will not be read; the message says why and what to try."""


class Work:
    """One file, which the first request names; each other one asks for the next tensor."""

    def __init__(self) -> None:
        self._room = 0
        self._waiting: Named = iter(())

    def answer(
        self,
        request: dict[str, Any],
        arrays: list[npt.NDArray[Any]],  # noqa: ARG002 - none come with it
    ) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
        """Open a file, or return the next of its tensors and its name, or that there are no more.

        Raises:
            Refused: the file will not be read.
        """
        try:
            if "path" in request:
                self._room = request["room"]
                self._waiting = datasets(h5py.File(request["path"], "r", locking=False))
                return {}, []
            found = next(self._waiting, None)
            if found is None:
                return {"end": True}, []
            values = read(*found, self._room)
        except DAMAGED as error:
            raise Refused(
                f"expected a whole HDF5 file, got {error}; try to download it again"
            ) from None
        self._room -= values.nbytes
        return {"name": found[0]}, [values]


def datasets(file: h5py.File) -> Named:
    """Return every tensor of a file with the name it goes by."""
    root = _group(file, "model_weights") if _has(file, "model_weights") else file
    if _has_list(root, "layer_names"):
        return _read_by_attributes(root)
    if _has(root, "layers"):
        return _read_by_folders(_group(root, "layers"), "", DEPTH)
    raise Refused(
        "expected layer_names or a group 'layers', as Keras writes them, got neither; "
        "try the file of weights that Keras wrote"
    )


def read(name: str, dataset: h5py.Dataset, room: int) -> npt.NDArray[np.float32]:
    """Return one tensor, once it is known to be floats, in this file, and small enough."""
    kind, shape = dataset.dtype, dataset.shape
    if kind.kind != "f" or kind.itemsize > 8 or shape is None:
        raise Refused(f"expected floats in {name!r}, got {kind}; try a file of weights")
    storage = dataset.id.get_create_plist()
    if storage.get_external_count() or storage.get_layout() == h5py.h5d.VIRTUAL:
        raise Refused(
            f"expected {name!r} in the file itself, got a reference to another file; "
            "do not trust this file"
        )
    filters = {storage.get_filter(number)[0] for number in range(storage.get_nfilters())}
    if filters - FILTERS:
        raise Refused(
            f"expected {name!r} plain or deflated, got filters {sorted(filters)}; "
            "save it again without"
        )
    chunk = math.prod(dataset.chunks or ()) * kind.itemsize
    if max(math.prod(shape) * max(4, kind.itemsize), chunk) > room:
        raise Refused(
            f"expected the weights of a network, got {name!r} of shape {shape}, more than is "
            "allowed or a file of this size can be believed to hold; do not trust this file"
        )
    if math.prod(shape) and not dataset.id.get_storage_size():
        raise Refused(f"expected numbers in {name!r}, got room for them only; save it again")
    values = np.empty(shape, "<f4")
    if values.size:
        dataset.read_direct(values)
    return values


def _read_by_attributes(root: h5py.Group) -> Named:
    """Keras 2 and before: attributes list the layers, and each layer's weights."""
    for layer in _list(root, "layer_names"):
        group = _group(root, layer)
        for weight in _list(group, "weight_names"):
            yield f"{layer}/{_name_part(weight)}", _dataset(group, weight)


def _read_by_folders(layers: h5py.Group, prefix: str, depth: int) -> Named:
    """Keras 3: a group a layer, its weights in `vars`, those of layers inside it in `layers`."""
    if depth == 0 or len(layers) > NAMES:
        raise Refused(
            f"expected at most {NAMES} layers, {DEPTH} deep, got more; do not trust this file"
        )
    for layer in sorted(layers, key=_by_number):
        group = _group(layers, layer)
        if _has(group, "vars"):
            parts = _group(group, "vars")
            variables = [_dataset(parts, part) for part in sorted(parts, key=_by_number)]
            # Only of dense layers and convolutions is it known which variable is which.
            plain = 1 <= len(variables) <= 2 and variables[0].ndim >= 2
            for number, dataset in enumerate(variables):
                part = ("kernel", "bias")[number] if plain else str(number)
                yield f"{prefix}{layer}/{part}", dataset
        if _has(group, "layers"):
            yield from _read_by_folders(_group(group, "layers"), f"{prefix}{layer}/", depth - 1)


def _name_part(weight: str) -> str:
    """Return the part of a layer that a weight's name stands for.

    >>> _name_part("conv1_1/kernel:0"), _name_part("conv1_1_b:0"), _name_part("bn/moving_mean:0")
    ('kernel', 'bias', 'moving_mean')
    """
    last = re.sub(r":\d+$", "", weight.rsplit("/", 1)[-1])
    for part, pattern in (("kernel", r"kernel|(.+_)?W"), ("bias", r"bias|(.+_)?b")):
        if re.fullmatch(rf"({pattern})(_\d+)?", last):
            return part
    return last


def _by_number(name: str) -> tuple[str, int]:
    """Sort conv2d, conv2d_1, conv2d_2, conv2d_10 in this order."""
    stem, number = re.fullmatch(r"(.*?)_?(\d*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    return (stem, int(number[-9:] or -1))


def _has(group: h5py.Group, name: str) -> bool:
    """Return whether a group has a member; unlike `in`, a link is not followed for it."""
    return bool(group.id.links.exists(name.encode()))


def _member(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset:
    """Return the member at `path` below `group`; a link to elsewhere is refused."""
    for name in path.split("/"):
        if not isinstance(group, h5py.Group) or not _has(group, name):
            raise Refused(
                f"expected {path!r} in the Keras file, got nothing there; try to download it again"
            )
        if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            raise Refused(
                f"expected {path!r} in its place in the file, got a link to elsewhere; "
                "do not trust this file"
            )
        group = group[name]
    return group


def _group(group: h5py.Group, path: str) -> h5py.Group:
    member = _member(group, path)
    if not isinstance(member, h5py.Group):
        raise Refused(f"expected a group at {path!r}, got {type(member).__name__.lower()}")
    return member


def _dataset(group: h5py.Group, path: str) -> h5py.Dataset:
    member = _member(group, path)
    if not isinstance(member, h5py.Dataset):
        raise Refused(f"expected a tensor at {path!r}, got {type(member).__name__.lower()}")
    return member


def _has_list(group: h5py.Group, attribute: str) -> bool:
    """Return whether an attribute is there, whole or in the pieces of a long one."""
    return any(name in group.attrs for name in (attribute, f"{attribute}0"))


def _list(group: h5py.Group, attribute: str) -> list[str]:
    """Return the names in an attribute; Keras cuts long ones in pieces numbered from 0."""
    if attribute in group.attrs:
        return _strings(group, attribute)
    names: list[str] = []
    for piece in range(NAMES):
        if f"{attribute}{piece}" not in group.attrs:
            break
        names += _strings(group, f"{attribute}{piece}")
    return names


def _strings(group: h5py.Group, attribute: str) -> list[str]:
    kept = group.attrs.get_id(attribute)
    count = math.prod(kept.shape or ())
    if count == 0:
        return []  # Keras writes an empty list as floats
    text = h5py.check_string_dtype(kept.dtype)
    if text is None or count > NAMES or count * (text.length or 1) > SMALL:
        raise Refused(
            f"expected at most {NAMES} names in {attribute!r}, got {count} of {kept.dtype}; "
            "do not trust this file"
        )
    values = np.asarray(group.attrs[attribute]).reshape(-1)
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
