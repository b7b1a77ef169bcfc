"""Plans from YAML files, from the examples that ship with faceaudit, and from mappings."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import FACES, Plan, plan_keys
from faceaudit.cleaning import quote
from faceaudit.errors import OptionError, closest
from faceaudit.faces.sources.base import Source
from faceaudit.files.lines import whole_number
from faceaudit.files.plain_yaml import DEEPEST, LARGEST, read_yaml
from faceaudit.files.small import read_small
from faceaudit.option_types import is_text, read_value
from faceaudit.registry import check_keys

DEFAULT = "default"
EXAMPLES = "faceaudit.examples"


def load_plan(
    source: str | os.PathLike[str] | Mapping[str, Any] | Plan | None = None,
    overrides: Sequence[str] = (),
) -> Plan:
    """Return a plan from a YAML file, the name of an example, or plain values.

    Args:
        source: a file, a name that `example_names` lists, a mapping as a file spells it, or None
            for the default plan. A plan is returned as it is.
        overrides: `key.of.value=YAML`, as in `seeds=[0, 1]` or `backdoor.attacks.0.samples=20`. An
            option that is text, such as a person's name or a path, is taken as it is written, and
            none with nothing behind the `=`.

    Raises:
        OptionError: the file is missing or no YAML, or a value in it is not what it must be.

    >>> load_plan("default").title
    'DeepID on synthetic people'
    """
    if isinstance(source, Plan):
        if not overrides:
            return source
        source = source.as_json()
    try:
        values = (
            copy.deepcopy(dict(source)) if isinstance(source, Mapping) else _read_values(source)
        )
    except RecursionError:
        raise OptionError("expected a plan of few levels, got too many; leave some out") from None
    for override in overrides:
        _set_value(values, override)
    return Plan(**check_keys(values))


def example_names() -> tuple[str, ...]:
    """Return the names of the plans that ship with faceaudit."""
    names = (entry.name for entry in resources.files(EXAMPLES).iterdir())
    return tuple(sorted(name[: -len(".yaml")] for name in names if name.endswith(".yaml")))


def example_text(name: str) -> str:
    """Return the YAML of a plan that ships with faceaudit, comments included.

    Raises:
        OptionError: there is none of that name.
    """
    if name not in example_names():
        close = closest(name, example_names())
        line = f"expected an example ({', '.join(example_names())}), got {name!r}"
        raise OptionError(f"{line}; try {close!r}" if close else line)
    return resources.files(EXAMPLES).joinpath(f"{name}.yaml").read_text("utf-8")


def read_plan_text(path: Path) -> str:
    """Return the text of a plan's file.

    Raises:
        OptionError: it cannot be read, is no text, too large, or a pipe or device.
    """
    try:
        return read_small(path, LARGEST, "a plan in YAML", OptionError).decode("utf-8-sig")
    except ValueError as error:
        wrong = f"expected a plan in YAML, got {str(path)!r}, which is no text in UTF-8"
        line = str(error) if isinstance(error, OptionError) else wrong
        close = closest(path.stem, example_names())
        raise OptionError(f"{line}; try the example {close!r}" if close else line) from None


def _read_values(source: str | os.PathLike[str] | None) -> dict[str, Any]:
    """Return the values in a file, or in an example."""
    if source is not None and not isinstance(source, str | os.PathLike):
        raise OptionError(
            f"expected a plan: a file, the name of an example ({', '.join(example_names())}), or a "
            f"mapping, got {type(source).__name__} {quote(source, 60)}"
        )
    path = None if source is None else Path(source).expanduser()
    if path is None:
        text = example_text(DEFAULT)
    elif not path.is_file() and str(source) in example_names():  # a store may be called as one
        text = example_text(str(source))
    else:
        text = read_plan_text(path)
    try:
        values = read_yaml(text)
    except OptionError as error:
        raise OptionError(f"expected a plan in YAML, got {str(path)!r}: {error}") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise OptionError(
            f"expected a plan with keys ({', '.join(plan_keys())}), got {str(path)!r}"
        )
    return values


def _set_value(values: dict[str, Any], override: str) -> None:
    """Set one value in nested mappings and lists, in place."""
    key, equals, text = override.partition("=")
    if not key or not equals:
        raise OptionError(f"expected --set KEY=VALUE, got {quote(override)}; try seeds=[0, 1]")
    *path, last = key.split(".")
    if len(path) >= DEEPEST:
        raise OptionError(f"expected a key of at most {DEEPEST} parts, got {quote(key)}; check it")
    place: Any = values
    for part in path:
        place = _step_into(place, part, key)
    value = read_value(text, key, as_text=_is_text(values, [*path, last]))
    if isinstance(place, list):
        place[_list_index(place, last, key)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise OptionError(
            f"expected a mapping or a list above {last!r} in {key!r}, got {quote(place)}"
        )


def _is_text(values: dict[str, Any], path: list[str]) -> bool:
    """Return whether an option of a plan is text."""
    first, *rest = path
    if not rest:
        return is_text(Plan, values, path)
    models = {kind.name: kind.plan for kind in KINDS} | {FACES: Source}
    place, number = values.get(first), whole_number(rest[0])
    if isinstance(place, list) and number is not None and number < len(place):
        place, rest = place[number], rest[1:]  # one of several sections
    return first in models and is_text(models[first], place, rest)


def _step_into(place: Any, part: str, key: str) -> Any:
    if isinstance(place, list):
        return place[_list_index(place, part, key)]
    if not isinstance(place, dict):
        raise OptionError(
            f"expected a mapping or a list above {part!r} in {key!r}, got {quote(place)}"
        )
    found = place.setdefault(part, {})
    if isinstance(found, str) and part in ("faces", "network", "predictor"):
        # A component named by its name alone becomes a mapping that options can be put into.
        family = "source" if part == "faces" else part
        found = place[part] = {family: found}
    return found


def _list_index(place: list[Any], part: str, key: str) -> int:
    number = whole_number(part)
    if number is None or number >= len(place):
        raise OptionError(f"expected 0 to {len(place) - 1} for {quote(part)} in {quote(key)}")
    return number
