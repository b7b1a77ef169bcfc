"""Names of the people an identifier knows, from a file or from their count."""

from __future__ import annotations

from pathlib import Path

from faceaudit.errors import InputError
from faceaudit.files.paths import expand

LARGEST = 1 << 20
"""People, and so lines of a file of names."""

NamesOption = str | tuple[str, ...] | None
"""A file of names, one a line in label order; the names themselves; or none."""


def read_names(given: NamesOption) -> tuple[str, ...] | None:
    """Return names in label order; None where none are given.

    Raises:
        InputError: the file cannot be read, a line is empty, or a name is there twice.
    """
    if given is None:
        return None
    names = given if isinstance(given, tuple) else _read_lines(expand(given, error=InputError))
    where = "the names" if isinstance(given, tuple) else given
    empty = next((place for place, name in enumerate(names) if not name.strip()), None)
    if empty is not None:
        raise InputError(
            f"expected a name on each line, got none for label {empty} in {where}; give each label "
            "a name, in the order of the labels"
        )
    if not names or len(set(names)) < len(names):
        twice = next((name for name in names if names.count(name) > 1), "no name")
        raise InputError(
            f"expected a different name for each label, got {twice!r:.60}"
            f"{' twice' if names else ''} in {where}; give one name a line"
        )
    return names


def class_names(count: int, names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the names of `count` people: those given, else class-0, class-1 and so on.

    Raises:
        InputError: another number of names was given.

    >>> class_names(3, None)
    ('class-0', 'class-1', 'class-2')
    """
    if names is None:
        return tuple(f"class-{label}" for label in range(count))
    if len(names) != count:
        raise InputError(
            f"expected a name for each of the {count:,} people that the system tells apart, got "
            f"{len(names):,}; give one a line, in the order of the labels"
        )
    return names


def _read_lines(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected names in UTF-8, one a line, got {path} ({str(error)[:100]}); check the file"
        ) from None
    lines = tuple(line.strip() for line in text.rstrip().split("\n"))
    if len(lines) > LARGEST:
        raise InputError(
            f"expected at most {LARGEST:,} names, got {len(lines):,} in {path}; check the file"
        )
    return lines if text.strip() else ()
