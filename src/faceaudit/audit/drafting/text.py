"""The text of a drafted plan: YAML with the reasons as comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

WIDTH = 100


def spell(values: Mapping[str, Any] | list[Any], indent: int = 0) -> str:
    """Return plain values as YAML, short lists on one line, indented by so many spaces.

    >>> print(spell({"split": {"train": 3}, "sweep": [1, 2]}, 2), end="")
      split:
        train: 3
      sweep: [1, 2]
    """
    text = _dump(values, letters=True)
    if yaml.safe_load(text) != values:  # some controls are written as they are, and lost
        text = _dump(values, letters=False)
    lines = text.removesuffix("\n").split("\n")  # not splitlines: values may hold other breaks
    return "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in lines)


def _dump(values: Mapping[str, Any] | list[Any], *, letters: bool) -> str:
    """Return values as YAML; `letters` of all languages as they are, or spelled out."""
    dumped: str = yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=letters, width=10_000
    )
    return dumped


def comment(text: str | Iterable[str], indent: int = 0) -> str:
    """Return lines of comments, wrapped; nothing in the text can end one.

    >>> print(comment("one" + chr(10) + "line"), end="")
    # one line
    """
    whole = text if isinstance(text, str) else " ".join(text)
    plain = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
    room = WIDTH - indent - 2
    lines = textwrap.wrap(plain, room, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{' ' * indent}# {line}\n" for line in lines)


class _Dumper(yaml.SafeDumper):
    """YAML as the examples are written: lists of numbers on one line, others indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - as PyYAML calls it
        """Indent lists within mappings, too."""
        del indentless
        super().increase_indent(flow=flow, indentless=False)


def _spell_list(dumper: yaml.SafeDumper, values: list[Any] | tuple[Any, ...]) -> yaml.Node:
    short = all(isinstance(value, int | float) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=short)


_Dumper.add_representer(list, _spell_list)
_Dumper.add_representer(tuple, _spell_list)
