"""Lines of a list of photos: which field is the path, and which says who is on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path

from faceaudit.errors import SourceError
from faceaudit.faces.reading.layout import printable_name
from faceaudit.files.lines import numbered_lines, shown, whole_number
from faceaudit.files.rows import SEPARATORS, Row, rows, split

_PLAIN = "<path> <label>"
_MXNET = "<index> <label> ... <path>, parted by tabs"
_INSIGHTFACE = "<0 or 1> <path> <label>, parted by tabs"
_PATHS = frozenset(
    [
        *("path", "file", "filename", "filepath", "image", "imagefile", "imagename", "imagepath"),
        *("img", "imgname", "imgpath", "imageid", "photo", "photoname", "photopath", "picture"),
    ]
)
_PEOPLE = frozenset(
    [
        *("label", "labels", "person", "personid", "personname", "identity", "identityid", "name"),
        *("subject", "subjectid", "class", "classid", "classname", "celebrity", "target", "who"),
    ]
)
_PHOTO = re.compile(r".\.(bmp|gif|jpe|jpe?g|p[bgp]m|png|tiff?|webp)$", re.IGNORECASE)

Photo = tuple[str, str]
"""A photo's path as its list has it, and who is on it."""


def listed_paths(path: Path) -> Iterator[Photo]:
    """Yield the path in each line, as it stands there, and the person's name.

    The first line tells the layout: MXNet's `.lst` (index, labels, path), insightface's (whether it
    is aligned, path, label), a table with a header such as `path,label`, or path and label in
    either order, parted by a comma, semicolon, tab, bar or blanks. Where both orders could be, the
    field that ends like a photo is the path, else the first.

    Raises:
        SourceError: the list cannot be read, or a line is malformed.
    """
    lines = numbered_lines(path, SourceError)
    first = next(lines, None)
    if first is None:
        return
    whole = chain([first], lines)
    for separator in SEPARATORS[:-1]:
        fields = split(first[1], separator)
        read = None if fields is None else _layout_of(fields, separator)
        if read is not None:
            yield from read(rows(path, whole, separator, SourceError))
            return
    turned = _PHOTO.search(first[1].strip()) and not _PHOTO.search(first[1].split()[0])
    for number, text in whole:
        yield _by_blanks(Row(path.name, number, (text.strip(),), SourceError), bool(turned))


def _layout_of(
    fields: tuple[str, ...], separator: str
) -> Callable[[Iterator[Row]], Iterator[Photo]] | None:
    """Return how a list is read whose first line has these fields."""
    if separator == "\t" and len(fields) >= 3 and whole_number(fields[0]) is not None:
        return partial(map, _mxnet if _number(fields[1]) is not None else _insightface)
    columns = _header(fields)
    if columns is not None:
        return lambda found: map(partial(_pick, columns=columns), islice(found, 1, None))
    if len(fields) != 2:
        return None
    photo = [bool(_PHOTO.search(field)) for field in fields]
    if photo[0] == photo[1] and any(" " in field for field in fields) and separator != "\t":
        return None  # a comma in a name, and blanks between the fields
    return partial(map, partial(_pick, columns=(1, 0) if photo == [False, True] else (0, 1)))


def _header(fields: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the columns of the path and of the person, where a line is a header."""
    plain = [re.sub(r"[\W_]", "", field.lower()) for field in fields]
    paths = [at for at, name in enumerate(plain) if name in _PATHS]
    paths = paths or [at for at, name in enumerate(plain) if name == "id"]
    people = [at for at, name in enumerate(plain) if name in _PEOPLE]
    return (paths[0], people[0]) if paths and people else None


def _pick(row: Row, columns: tuple[int, int]) -> Photo:
    if len(row.fields) <= max(columns) or not all(row.fields[at] for at in columns):
        raise _malformed(row, _PLAIN if columns[0] < columns[1] else "<label> <path>")
    return row.fields[columns[0]], printable_name(row.fields[columns[1]])


def _by_blanks(row: Row, turned: bool) -> Photo:  # noqa: FBT001 - one fact
    text = row.fields[0]
    fields = text.split(None, 1)[::-1] if turned else text.rsplit(None, 1)
    if len(fields) != 2:
        raise _malformed(row, "<label> <path>" if turned else _PLAIN)
    return fields[0], printable_name(fields[1])


def _mxnet(row: Row) -> Photo:
    fields = row.fields
    whole = len(fields) >= 3 and whole_number(fields[0]) is not None
    if not whole or _number(fields[1]) is None:
        raise _malformed(row, _MXNET)
    return fields[-1], _label(fields[1])


def _insightface(row: Row) -> Photo:
    fields = row.fields
    whole = len(fields) >= 3 and whole_number(fields[0]) is not None
    if not whole or not fields[1] or _number(fields[2]) is None:
        raise _malformed(row, _INSIGHTFACE)
    return fields[1], _label(fields[2])


def _label(text: str) -> str:
    """Return the name of a numbered person, as RecordIO has it.

    im2rec writes whole labels as 17 or as 17.000000; anything else names a person as it stands.
    """
    label = _number(text)
    whole = label is not None and label.is_integer() and 0 <= label < 2**53
    return f"{int(label or 0):06d}" if whole else printable_name(text)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _malformed(row: Row, expected: str) -> SourceError:
    return SourceError(
        f"{row.file}, line {row.number}: expected {expected}, got {shown(','.join(row.fields))}; "
        "correct the line or take it out"
    )
