"""Finished systems, whoever trained them, to be put to an audit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.api.arguments import StrPath, shown
from faceaudit.errors import InputError, OptionError
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.systems.under_test.base import Access, SystemUnderTest, systems_under_test

SystemLike = SystemUnderTest | Mapping[str, Any] | StrPath | object
"""A system under test: a component, plain values, NAME:PATH, or an object in memory."""


def system_under_test(
    system: SystemLike,
    *,
    role: str | None = None,
    names: Sequence[str] | StrPath | None = None,
    size: tuple[int, int] | None = None,
    preprocessing: Preprocessing | Mapping[str, Any] | None = None,
    access: Sequence[Access | str] | None = None,
    **options: Any,
) -> SystemUnderTest:
    """Return a finished system as an audit takes it, not yet opened.

    Args:
        system: "file:FILE", "onnx:FILE" or "python:FILE.py:NAME" and so on, as a plan spells it;
            a mapping as a plan has it; a component; or an object of your own: a function of photos,
            an instance, or a torch module. `components("system_under_test")` lists the doors.
        role: "identifier", "verifier" or "embedder"; told by the system where that is possible.
        names: whom an identifier knows, in label order, or a file with one name a line.
        size: height and width of its photos, for an object.
        preprocessing: of pixels; an object that is no torch module may do without.
        access: what to let an audit see, such as ["labels"]; all that the system gives when None.
        options: further options of the door; `faceaudit show` lists them.

    Returns:
        A component; `open(cache=...)` gives the system, whose `access` says what it gives.

    Raises:
        UnknownName: there is no such door.
        OptionError: an option is wrong, or a path is needed and was not given.

    Example:
        >>> import faceaudit, pathlib, tempfile
        >>> def darker(photos):  # (N, 8, 8, 3) uint8, to one label each
        ...     return (photos.mean(axis=(1, 2, 3)) < 128).astype(int)
        >>> door = faceaudit.system_under_test(darker, names=["bright", "dark"], size=(8, 8))
        >>> with tempfile.TemporaryDirectory() as cache:
        ...     opened = door.open(cache=pathlib.Path(cache))
        >>> opened.role, sorted(opened.access)
        ('identifier', [<Access.LABELS: 'labels'>])
    """
    given = {
        "role": role,
        "names": _names(names),
        "size": None if size is None else tuple(size),
        "preprocessing": preprocessing,
        "access": None if access is None else tuple(access),
        **options,
    }
    values = {key: value for key, value in given.items() if value is not None}
    if isinstance(system, SystemUnderTest):
        if not values:
            return system
        if system.name not in systems_under_test.names():
            raise OptionError(
                f"expected no options for {system.name!r}, got {', '.join(values)}; give them "
                "where it is made"
            )
        return systems_under_test.build({**system.spec().as_json(), **values})
    if isinstance(system, Mapping):
        return systems_under_test.build({**system, **values})
    if isinstance(system, str | os.PathLike):
        return systems_under_test.build({**_spelled(os.fspath(system)), **values})
    if system is None or isinstance(system, int | float | bytes | list | tuple):
        raise InputError(
            f"expected a system under test, got {shown(system)}; try 'file:FILE', 'onnx:FILE' or "
            "a function of photos"
        )
    from faceaudit.systems.under_test.common.in_memory import InMemory  # noqa: PLC0415

    return InMemory.of(system, **values)


def _spelled(text: str) -> dict[str, Any]:
    """Return NAME:PATH as plain values; a path alone is not guessed at."""
    name, colon, path = text.partition(":")
    if not colon and (os.sep in text or os.path.exists(text) or "." in text):  # noqa: PTH110
        door = "onnx" if text.endswith(".onnx") else "file"
        raise OptionError(
            f"expected the door to a system before its path, got {text!r}; try {door}:{text}"
        )
    member = systems_under_test.get(name)
    field = member.model_fields.get("path")
    if not path and field is not None and field.is_required():
        raise OptionError(f"expected {name}:PATH, got {text!r}; add a colon and the path")
    return {"system": name, **({"path": path} if path else {})}


def _names(names: Sequence[str] | StrPath | None) -> str | tuple[str, ...] | None:
    if names is None or isinstance(names, str):
        return names
    return os.fspath(names) if isinstance(names, os.PathLike) else tuple(names)
