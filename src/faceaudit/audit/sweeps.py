"""Sweeps: a list where an option takes one value stands for the same with each of its values.

    attacks: [{attack: blended, ratio: [0.1, 0.2], key: [cartoon-cat, random-0]}]     four attacks
    systems: [{network: deepid, training: {epochs: [6, 12]}}]                         two systems
    split: {train: [20, 50]}                                            two sections of the plan

What is swept within an entry of a list becomes further entries of that list; what is swept outside
of any list becomes further sections. Where an option is a list itself, as `fmrs` is, a list is its
value, and a list of lists sweeps over it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from math import prod
from typing import Any, get_args, get_origin

from faceaudit.cleaning import quote
from faceaudit.errors import OptionError
from faceaudit.option_types import alternatives
from faceaudit.registry import FAMILIES, Component, Options

MOST = 100_000
"""Combinations of a sweep, at most: an extra zero is refused before it fills the memory."""


@dataclass
class Swept:
    """A section's plain values with its sweeps written out.

    Attributes:
        sections: one unless something outside of lists is swept.
        origins: of each list whose entries were swept, by its path, which entry of what was written
            each entry is from.
    """

    sections: list[Any] = field(default_factory=list)
    origins: dict[str, list[int]] = field(default_factory=dict)

    def as_written(self, message: str) -> str:
        """Return an error about `sections` with the places of what was written.

        >>> Swept(origins={"attacks": [0, 0, 1]}).as_written("attacks.2.ratio: expected more")
        'attacks.1.ratio: expected more'
        """
        for path, origin in self.origins.items():
            number, dot, rest = message.removeprefix(f"{path}.").partition(".")
            if not dot:
                number, dot, rest = message.removeprefix(f"{path}.").partition(":")
            number, colon, more = number.partition(":")
            if message.startswith(f"{path}.") and number.isdecimal() and int(number) < len(origin):
                return f"{path}.{origin[int(number)]}{colon}{more}{dot}{rest}"
        return message


def write_out(model: type[Options], values: object) -> Swept:
    """Return a section with every sweep in it written out.

    Args:
        model: of the section.
        values: plain values as a plan spells them; what is wrong with them is left as it is.

    Raises:
        OptionError: a value is swept over twice, or there are more than `MOST` combinations.

    >>> from faceaudit.audit.backdoor.plan import BackdoorPlan
    >>> attacks = [{"attack": "blended", "ratio": [0.1, 0.2]}, "accessory"]
    >>> swept = write_out(BackdoorPlan, {"attacks": attacks})
    >>> [one["ratio"] for one in swept.sections[0]["attacks"][:2]], swept.origins
    ([0.1, 0.2], {'attacks': [0, 0, 1]})
    """
    swept = Swept()
    swept.sections = _Writer(swept.origins).write_value(model, values, "")
    return swept


class _Writer:
    """Writes sweeps out, and notes which entry of a list each came from."""

    def __init__(self, origins: dict[str, list[int]]) -> None:
        self._origins = origins

    def write_value(self, kind: object, value: object, path: str) -> list[Any]:
        """Return what a value of a type stands for: itself, or each value that is swept over."""
        if isinstance(value, str | int | float | None | Options):
            return [value]
        models = list(models_in(kind))
        if isinstance(value, list | tuple):
            if not _is_sweep(kind, value):
                return self._write_list(kind, value, path)
            _refuse_repeats(value, path)
            several: list[Any] = []
            for each in value:
                several += self.write_value(kind, each, path)
                _refuse_many(len(several), path)
            return several
        if isinstance(value, Mapping) and models:
            return self._write_mapping(models, value, path)
        return [value]

    def _write_list(self, kind: object, value: Sequence[object], path: str) -> list[Any]:
        """Return a list with all that its entries stand for; numbers and texts stay as they are."""
        item = next((one for one in map(_item, alternatives(kind)) if any(models_in(one))), None)
        if item is None:
            return [value]
        written = [self.write_value(item, each, f"{path}.{n}") for n, each in enumerate(value)]
        _refuse_many(sum(map(len, written)), path)
        if any(len(each) != 1 for each in written):
            self._origins[path] = [n for n, each in enumerate(written) for _ in each]
        return [list(chain(*written))]

    def _write_mapping(
        self, models: Sequence[type[Options]], value: Mapping[Any, object], path: str
    ) -> list[Any]:
        """Return the product over everything that is swept in a mapping of options."""
        for key in _name_keys(models):
            names = value.get(key)
            if isinstance(names, list | tuple) and _name_of_each(names):
                _refuse_repeats(names, _join(path, key))
                several = (self._write_mapping(models, {**value, key: n}, path) for n in names)
                return list(chain(*several))
        types = _types_of(models, value)
        written = {
            key: self.write_value(types[key], each, _join(path, key)) if key in types else [each]
            for key, each in value.items()
        }
        _refuse_many(prod(map(len, written.values())), path)
        return [dict(zip(written, each, strict=True)) for each in product(*written.values())]


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def models_in(kind: object) -> Iterator[type[Options]]:
    """Yield the models that a type may be."""
    for one in alternatives(kind):
        if isinstance(one, type) and issubclass(one, Options):
            yield one


def _item(kind: object) -> object:
    """Return the type of a list's items, object for a type that is no list."""
    inner = get_args(kind)
    return inner[0] if get_origin(kind) in (tuple, list, Sequence) and inner else object


def takes_list(kind: object) -> bool:
    """Return whether a type may be a list, or anything."""
    return any(
        one in (Any, object, tuple, list) or get_origin(one) in (tuple, list, Sequence)
        for one in alternatives(kind)
    )


def is_plain_list(kind: object) -> bool:
    """Return whether a type may be a list, but no list of lists: those sweep over it."""
    lists = [one for one in alternatives(kind) if takes_list(one)]
    return bool(lists) and not any(takes_list(_item(one)) for one in lists)


def _is_sweep(kind: object, value: Sequence[object]) -> bool:
    """Return whether a list of values is swept over: where one of them is a value of the type."""
    if not value:
        return False
    if not takes_list(kind):
        return True
    return is_plain_list(kind) and all(isinstance(each, list | tuple) for each in value)


def _name_keys(models: Iterable[type[Options]]) -> Iterator[str]:
    """Yield the keys under which the name of a component stands in a mapping."""
    for model in models:
        if issubclass(model, Component):
            yield model.plan_key
        for name, option in model.model_fields.items():
            if any(
                issubclass(one, Component) and one.plan_key == name
                for one in models_in(option.annotation)
            ):
                yield name


def _name_of_each(names: Sequence[object]) -> bool:
    return bool(names) and all(isinstance(name, str) for name in names)


def _types_of(models: Sequence[type[Options]], value: Mapping[Any, object]) -> dict[str, object]:
    """Return the types of the options that a mapping gives: of models and of what it names."""
    types: dict[str, object] = {}
    for model in models:
        component = model if issubclass(model, Component) else None
        if component is None:
            types |= {name: option.annotation for name, option in model.model_fields.items()}
            if model.merges and isinstance(value.get(model.merges), str):
                inner = next(models_in(model.model_fields[model.merges].annotation))
                component = inner if issubclass(inner, Component) else None
        if component is not None:
            types = {**_options_of(component, value), **types}
    return types


def _options_of(base: type[Component], value: Mapping[Any, object]) -> dict[str, object]:
    """Return the types of a named component's options; nothing where nobody has the name."""
    registry, name = FAMILIES[base.family], value.get(base.plan_key)
    plain = name.partition(":")[0] if isinstance(name, str) else ""
    if plain not in registry.names():
        return {}
    return {key: one.annotation for key, one in registry.get(plain).model_fields.items()}


def _refuse_repeats(values: Sequence[object], path: str) -> None:
    if len(set(map(_spelled, values))) < len(values):
        raise OptionError(
            f"{path}: expected every value of a sweep once, got {quote(list(values))}; leave "
            "repeats out"
        )


def _spelled(value: object) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except TypeError:  # keys that are no text beside some that are: refused by who reads them
        return repr(value)


def _refuse_many(number: int, path: str) -> None:
    if number > MOST:
        where = f"{path}: " if path else ""
        raise OptionError(
            f"{where}expected sweeps of at most {MOST:,} combinations, got {number:,}; leave "
            "values out"
        )
