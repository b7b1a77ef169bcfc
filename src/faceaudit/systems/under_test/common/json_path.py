"""Where a value stands in an answer that is JSON, spelled as in `result[0].subjects[0].name`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator

_STEP = re.compile(r"\.?([^.\[\]\"]+)|\[(\d{1,9})\]|\[\"([^\"]+)\"\]")


class NothingThereError(LookupError):
    """A value is not where it should stand; the text says what is there."""


@lru_cache(maxsize=256)
def steps(path: str) -> tuple[str | int, ...]:
    """Return the keys and numbers that lead to a value.

    Args:
        path: keys with dots between them and numbers in brackets; a `$` at the start may be left
            out, and alone stands for the whole. A key with a dot in it is written `["a.b"]`.

    Raises:
        ValueError: it is no such path.

    >>> steps('$.result[0].subjects["a.b"]')
    ('result', 0, 'subjects', 'a.b')
    """
    rest, found = path.removeprefix("$"), list[str | int]()
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise ValueError(
                f"expected where a value stands, as in result[0].score, got {path!r:.80}"
            )
        key, number, quoted = step.groups()
        found.append(int(number) if number is not None else key or quoted)
        rest = rest[step.end() :]
    return tuple(found)


def _checked(path: str) -> str:
    steps(path)
    return path


JsonPath = Annotated[str, AfterValidator(_checked)]
"""Where a value stands, checked when it is read."""


def find(value: Any, path: str) -> Any:
    """Return what stands at a path.

    Raises:
        NothingThereError: nothing does.

    >>> find({"faces": [{"vec": [1, 2]}]}, "faces[0].vec")
    [1, 2]
    """
    for step in steps(path):
        in_mapping = isinstance(step, str) and isinstance(value, dict) and step in value
        in_list = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not in_mapping and not in_list:
            raise NothingThereError(f"no {step!r} in {outline(value)}")
        value = value[step]
    return value


def outline(value: Any) -> str:
    """Return what a value of an answer is, in a few words.

    >>> outline({"error": "no"}), outline([1, 2]), outline("a")
    ("a mapping of 'error'", 'a list of 2', "'a'")
    """
    if isinstance(value, dict):
        keys = ", ".join(ascii(key)[:40] for key in list(value)[:5])
        return f"a mapping of {keys or 'nothing'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return ascii(value)[:80]
