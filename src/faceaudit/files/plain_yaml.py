"""YAML of strangers: plain values in bounded time and memory, whatever a few bytes stand for.

An alias may stand for millions of values, a level costs the stack, and a number of a million digits
or of base 60 costs the square of its length. None of it is needed to write a plan.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import yaml

from faceaudit.errors import OptionError

LARGEST = 256 * 1024
"""Characters of YAML, at most."""
MOST = 100_000
"""Values that it stands for, at most, its aliases written out."""
DEEPEST = 40
"""Levels of lists and mappings within one another, at most."""
DIGITS = 100
"""Characters of a number or a date, at most."""
_NUMBERS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))

# A tag such as `!!bool` before what is none makes PyYAML raise whatever its reader stumbles over.
_WRONG = (yaml.YAMLError, ValueError, OverflowError, LookupError, AttributeError, TypeError)


def read_yaml(text: str) -> Any:
    """Return the plain values that a text spells: mappings, lists, text, numbers, dates, None.

    Raises:
        OptionError: it is no YAML, or stands for more than anybody writes; the message says in
            which line.

    >>> read_yaml("a: [1, x]")
    {'a': [1, 'x']}
    """
    node = compose_yaml(text)
    if node is None:
        return None
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except _WRONG as error:
        raise OptionError(f"expected YAML, got what is none ({_line(error)})") from None
    finally:
        loader.dispose()


def compose_yaml(text: str) -> yaml.Node | None:
    """Return the nodes of a text, each with its line; None of an empty one.

    Raises:
        OptionError: as `read_yaml`.
    """
    if len(text) > LARGEST:
        raise OptionError(
            f"expected YAML of at most {LARGEST:,} characters, got {len(text):,}; leave parts out"
        )
    try:
        loader = _Loader(text)
        try:
            node: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, OptionError):
            raise
        raise OptionError(f"expected YAML, got what is none ({_line(error)})") from None
    if _values_in(node, {}) > MOST:
        raise OptionError(
            f"expected YAML of at most {MOST:,} values, got more, its aliases written out; leave "
            "parts out"
        )
    return node


class _Loader(yaml.SafeLoader):
    """Composes nodes, and stops where they go too deep or a number is too long."""

    def __init__(self, text: str) -> None:
        self._depth = 0
        super().__init__(text)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise OptionError(
                f"expected YAML of at most {DEEPEST} levels, got more in line {line}; leave some "
                "out"
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and len(node.value) > DIGITS:
            raise OptionError(
                f"expected numbers of at most {DIGITS} digits in YAML, got a longer one in line "
                f"{node.start_mark.line + 1}; put text in quotes"
            )
        return node


def _values_in(node: yaml.Node | None, counted: dict[int, int]) -> int:
    """Return how many values YAML stands for once its aliases are written out.

    It is more than `MOST` of what holds itself.
    """
    if node is None or isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in counted:
        counted[id(node)] = MOST  # until it is known, for what is inside of it
        inner = (
            chain.from_iterable(node.value) if isinstance(node, yaml.MappingNode) else node.value
        )
        counted[id(node)] = 1 + sum(_values_in(one, counted) for one in inner)
    return counted[id(node)]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
