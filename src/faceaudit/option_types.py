"""Options given as text: which of them are text themselves, and what the others spell."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from faceaudit.cleaning import quote
from faceaudit.errors import OptionError
from faceaudit.registry import FAMILIES, Options


def read_value(text: str, key: str, *, as_text: bool) -> Any:
    """Return what stands behind `key=`.

    Args:
        text: as it was typed.
        key: for the error.
        as_text: keep it as it is, without quotes around all of it; nothing means None. Else it is
            read as YAML.

    Raises:
        OptionError: it is to be YAML and is none.

    >>> [read_value("000123", "target", as_text=one) for one in (True, False)]
    ['000123', 83]
    """
    from faceaudit.files.plain_yaml import read_yaml  # noqa: PLC0415 - not needed for help

    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    if as_text and not quoted:
        return text or None
    try:
        value = read_yaml(text)
    except OptionError as error:
        if as_text:
            return text
        raise OptionError(
            f"expected a YAML value for {quote(key)}, got {quote(text)} ({error})"
        ) from None
    return text if as_text and not isinstance(value, str) else value


def is_text(model: object, values: object, path: Sequence[str]) -> bool:
    """Return whether the option at the end of a path is text, whatever it looks like in YAML.

    Args:
        model: the type of what the path starts from.
        values: plain values as far as they are known; they name components.
        path: keys of mappings, numbers in lists.
    """
    known: list[object] = [model]
    place = values
    for part in path:
        known = list(_below(known, place, part))
        place = _step(place, part)
    plain = [each for one in known for each in alternatives(one)]
    return bool(plain) and all(one is str or _is_words(one) for one in plain)


def _step(place: object, part: str) -> object:
    if isinstance(place, Mapping):
        return place.get(part)
    if isinstance(place, list) and part.isdecimal() and len(part) < 9 and int(part) < len(place):
        return place[int(part)]
    return None


def _below(known: Iterable[object], place: object, part: str) -> Iterator[object]:
    """Yield the types that an option one step further down may have."""
    for one in known:
        for each in alternatives(one):
            origin, inner = get_origin(each), get_args(each)
            if isinstance(each, type) and issubclass(each, Options):
                yield from _fields(each, place, part)
            elif isinstance(origin, type) and issubclass(origin, Mapping):
                yield inner[-1]
            elif origin in (tuple, list, Sequence) and part.isdecimal() and len(part) < 9:
                items = [item for item in inner if item is not Ellipsis]
                yield items[min(int(part), len(items) - 1)]


def _fields(model: type[Options], place: object, part: str) -> Iterator[object]:
    """Yield the types of an option of a model, or of the component that the values name."""
    if part in model.model_fields:
        yield model.model_fields[part].annotation
        return
    for registry in list(FAMILIES.values()):  # to look at one may import a package with another
        if isinstance(place, Mapping):
            name = place.get(registry.plan_key)
        else:
            name = place if issubclass(model, registry.base) else None
        names: tuple[str, ...] = ()
        if isinstance(name, str):
            names = tuple({name.partition(":")[0]} & {*registry.names()})
        elif issubclass(registry.base, model):
            names = registry.names()
        for member in map(registry.get, names):
            if part in member.model_fields:
                yield member.model_fields[part].annotation


def alternatives(one: object) -> Iterator[object]:
    """Yield what a type may be, None aside: the members of a union, without annotations."""
    origin = get_origin(one)
    if origin is Annotated:
        yield from alternatives(get_args(one)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(one):
            yield from alternatives(each)
    elif one is not type(None):
        yield one


def _is_words(one: object) -> bool:
    return get_origin(one) is Literal and all(isinstance(word, str) for word in get_args(one))
