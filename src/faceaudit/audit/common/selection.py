"""Which cases of a section are run: all that it combines, less `exclude`, with `include`.

    exclude:
      - {system: vggface, attack: accessory}
      - {attack: {attack: blended, ratio: [0.1, 0.2]}, seed: 1}
    include:
      - {system: vggface, attack: {attack: accessory, samples: 20}}

An entry speaks of a case by its parts. A part is matched by its name, by some of its options, or by
a list of these, any of which may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from faceaudit.audit.common.systems import NetworkPlan, plain_values
from faceaudit.cleaning import quote
from faceaudit.errors import OptionError, closest
from faceaudit.registry import Component, Options

Combination = Mapping[str, object]
"""A case before anything is loaded: its parts by name, such as an attack and a seed."""
NOTHING = "none"
"""How an entry names a part that a case has not."""


def _check_entry(entry: object) -> object:
    if not isinstance(entry, Mapping) or not entry:
        raise ValueError(
            f"expected parts of a case such as {{attack: accessory}}, got {quote(entry)}"
        )
    if not all(isinstance(part, str) for part in entry):
        raise ValueError(f"expected names of parts of a case, got {quote(list(entry))}")
    return dict(entry)


Entry = Annotated[dict[str, Any], BeforeValidator(_check_entry)]


class Section(Options):
    """A section of a plan of whose cases some may be left out."""

    exclude: tuple[Entry, ...] = Field(
        (),
        exclude_if=lambda entries: not entries,
        description="cases that are left out, each by some of its parts: their names, or some of "
        "their options",
    )
    include: tuple[Entry, ...] = Field(
        (),
        exclude_if=lambda entries: not entries,
        description="cases that are run although an entry of exclude leaves them out, or with a "
        "part that is in no list of the section: that part then has no other case",
    )

    @property
    def chooses(self) -> bool:
        """Whether some of the cases may be left out."""
        return bool(self.exclude or self.include)


@dataclass(frozen=True)
class Part:
    """A component or system among the parts of a case.

    Attributes:
        name: what a plan calls it.
        values: every option, as a plan spells it.
    """

    name: str
    values: Mapping[str, Any]


def part_of(value: Component | NetworkPlan, **more: object) -> Part:
    """Return a component or a network as a part of a case, with what else belongs to it."""
    if isinstance(value, Component):
        return Part(value.name, {**plain_values(value), **more})
    return Part(value.network.name, {**value.model_dump(mode="json"), **more})


def select(section: Section, combinations: Sequence[Combination]) -> list[bool]:
    """Return of each case whether it is run."""
    if not section.chooses:
        return [True] * len(combinations)
    return [
        any(_holds(entry, one) for entry in section.include)
        or not any(_holds(entry, one) for entry in section.exclude)
        for one in combinations
    ]


def require_matches(section: Section, combinations: Sequence[Combination]) -> None:
    """Refuse entries that no case answers to, and a section of which no case is left.

    Raises:
        OptionError: the message says which part is unknown, and the closest that there is.
    """
    for field in ("exclude", "include"):
        for place, entry in enumerate(getattr(section, field)):
            if not any(_holds(entry, one) for one in combinations):
                raise OptionError(f"{field}.{place}: {_why_nothing(entry, combinations)}")
    if section.chooses and not any(select(section, combinations)):
        raise OptionError("exclude: expected cases to be left, got none; leave an entry out")


def unknown_parts(entry: Mapping[str, Any], combinations: Sequence[Combination]) -> list[str]:
    """Return the parts of an entry that no case has; none where a case has all of it."""
    if any(_holds(entry, one) for one in combinations):
        return []
    return [
        part
        for part, wanted in entry.items()
        if not any(_holds({part: wanted}, one) for one in combinations)
    ]


def _holds(entry: Mapping[str, Any], combination: Combination) -> bool:
    return all(
        part in combination and _is_one(wanted, combination[part], part)
        for part, wanted in entry.items()
    )


def _is_one(wanted: object, found: object, key: str) -> bool:
    """Return whether a part, or an option of one, is what an entry wants."""
    values = found.values if isinstance(found, Part) else found
    if isinstance(wanted, list | tuple):
        same = isinstance(values, list | tuple) and list(values) == list(wanted)
        return same or any(_is_one(one, found, key) for one in wanted)
    if isinstance(wanted, Mapping):
        return isinstance(values, Mapping) and all(
            name in values and _is_one(each, values[name], str(name))
            for name, each in wanted.items()
        )
    if isinstance(values, Mapping):  # a component is named by a text
        name = found.name if isinstance(found, Part) else values.get(key)
        return isinstance(wanted, str) and name == wanted
    if values is None:
        return wanted in (None, NOTHING)
    return isinstance(wanted, bool) == isinstance(values, bool) and wanted == values


def _why_nothing(entry: Mapping[str, Any], combinations: Sequence[Combination]) -> str:
    """Return in words why no case answers to an entry."""
    parts = list(dict.fromkeys(part for one in combinations for part in one))
    for part, wanted in entry.items():
        if part not in parts:
            close = closest(part, parts)
            line = f"expected a part of a case ({', '.join(parts)}), got {quote(part)}"
            return f"{line}; try {close!r}" if close else line
        if any(_holds({part: wanted}, one) for one in combinations):
            continue
        names = list(dict.fromkeys(_names(one.get(part) for one in combinations)))
        name = _name_in(wanted, part)
        if name in names:
            return f"expected options of a case's {part} {name!r}, got {quote(wanted)}"
        close = closest(name, names)
        line = f"expected the {part} of a case ({', '.join(names)}), got {quote(wanted)}"
        return f"{line}; try {close!r}" if close else line
    return f"expected parts that one case has together, got {quote(dict(entry))}; leave it out"


def _names(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Part):
            yield value.name
        else:
            yield NOTHING if value is None else str(value)


def _name_in(wanted: object, part: str) -> str:
    """Return the name in what an entry wants of a part."""
    while isinstance(wanted, Mapping | list | tuple) and wanted:
        inner = (
            wanted.get(part, wanted.get("network")) if isinstance(wanted, Mapping) else wanted[0]
        )
        wanted, part = inner, "network" if part == "system" else part
    return str(wanted)
