"""Descriptions of servers: those that ship with faceaudit, and files of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from faceaudit.errors import OptionError, closest
from faceaudit.files.lines import refuse_special
from faceaudit.files.paths import expand
from faceaudit.files.plain_yaml import read_yaml
from faceaudit.registry import check_keys
from faceaudit.systems.under_test.common.http_description import Description

_READY = "faceaudit.systems.under_test.common.http_presets"
_LIMIT = 1024 * 1024


def ready_descriptions() -> tuple[str, ...]:
    """Return the names of the descriptions that ship with faceaudit."""
    files = (Path(file.name) for file in resources.files(_READY).iterdir())
    return tuple(sorted(file.stem for file in files if file.suffix == ".yaml"))


def read_description(path: str) -> Description:
    """Return a description.

    Args:
        path: the name of a ready one, or a YAML file.

    Raises:
        OptionError: there is none, or it is wrong.
    """
    ready = ready_descriptions()
    if path in ready:
        return _described(resources.files(_READY).joinpath(f"{path}.yaml").read_text("utf-8"), path)
    if "/" not in path and not Path(path).suffix:
        close = closest(path, ready)
        raise OptionError(
            f"expected a description of a server ({', '.join(ready)}) or the path of a YAML file, "
            f"got {path!r}" + (f"; try {close!r}" if close else "; see docs/systems.md")
        )
    file = expand(path, error=OptionError, advice=f"or take a ready one: {', '.join(ready)}")
    refuse_special(file, OptionError)
    try:
        with file.open("rb") as opened:
            text = opened.read(_LIMIT + 1)
        if len(text) > _LIMIT:
            raise OptionError(f"expected a description of at most {_LIMIT:,} bytes, got {file}")
        return _described(text.decode("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(
            f"expected a description that can be read, got {file} ({error}); check it"
        ) from None


def _described(text: str, where: str) -> Description:
    try:
        values: Any = read_yaml(text)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
    if not isinstance(values, Mapping):
        raise OptionError(f"expected a mapping in {where}, got {type(values).__name__}")
    try:
        return Description(**check_keys(values))
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
