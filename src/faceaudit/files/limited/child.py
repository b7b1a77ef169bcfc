"""The process of a model: `python -m faceaudit.files.limited.child`, started by `process`.

It confines itself, loads the module that does the work, and then answers one request after another
until nobody asks any more.
"""

from __future__ import annotations

import importlib
import mmap
import os
import sys
from typing import Any, Protocol

from faceaudit.files.limited import wire
from faceaudit.files.limited.confine import Allowance, confine

_TEXT = 500
_CONTENT = 1 << 40  # what is read comes from the process that set the limits


class Work(Protocol):
    """What the module of a kind of work has, under the name `Work`."""

    def answer(
        self, request: dict[str, Any], arrays: list[wire.AnyArray]
    ) -> tuple[dict[str, Any], list[wire.AnyArray]]:
        """Return the answer to a request: plain values, and arrays.

        Args:
            request: plain values.
            arrays: what came with it; read-only, and gone with the next request.
        """


def main(connection: int, shared: int, kind: str, parent: int, *, devices: bool) -> None:
    """Answer requests until the connection ends.

    Args:
        connection: where requests come from and answers go to.
        shared: the memory that large arrays come in.
        kind: the module of the work.
        parent: the process that asks.
        devices: whether the work may use the machine's devices, such as a GPU.
    """
    network = confine(parent, devices=devices)
    module = importlib.import_module(kind)
    work: Work = module.Work()
    allowance = Allowance(devices=devices)
    wire.send(connection, {"network": network})
    memory = _Shared(shared)
    while True:
        request, arrays = wire.receive(lambda into: _fill(connection, into), _CONTENT)
        allowance.renew(request["seconds"], request["memory"], request["threads"])
        if request["shared"] is not None:
            arrays.append(memory.read(request["room"], request["shared"]))
        try:
            answer, made = work.answer(request["request"], arrays)
        except Exception as error:  # noqa: BLE001 - a library may raise anything on a hostile file
            answer, made = {"error": _say(error), "memory": _is_memory(error)}, []
        wire.send(connection, answer, made)
        del arrays, made


class _Shared:
    """The memory that both sides see, as far as the other one has made it."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._mapped: mmap.mmap | None = None

    def read(self, room: int, described: list[Any]) -> wire.AnyArray:
        if self._mapped is None or len(self._mapped) < room:
            self._mapped = mmap.mmap(self._file, room, access=mmap.ACCESS_READ)
        return wire.array_of(self._mapped, described)


def _fill(connection: int, into: memoryview) -> None:
    while len(into):
        read = os.readv(connection, [into])
        if not read:
            os._exit(0)  # nobody asks any more
        into = into[read:]


def _say(error: Exception) -> str:
    """Return the first line of an error; who reads it cleans it."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line[:_TEXT].encode("utf-8", "replace").decode()


def _is_memory(error: Exception) -> bool:
    said = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or "bad allocation" in said
        or "bad_alloc" in said
        or "failed to allocate" in said
        or "insufficient memory" in said
    )


if __name__ == "__main__":
    _connection, _shared, _kind, _parent, _mode = sys.argv[1:]
    try:
        main(int(_connection), int(_shared), _kind, int(_parent), devices=_mode == "devices")
    except MemoryError:
        os._exit(wire.NO_MEMORY)
