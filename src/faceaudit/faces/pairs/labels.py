"""Words for the columns of a list of pairs, and for whether a pair shows one person."""

from __future__ import annotations

import re
from collections.abc import Sequence

EXPECTED = "1 for one person or 0 for two (also 1 and -1, yes and no, same and different)"

_OPPOSITES = (
    *("different", "diff", "mismatch", "mismatched", "nonmatch", "unmatched", "notmatch"),
    *("notsame", "impostor", "imposter", "negative", "nonmated"),
)
_KINDS = (  # of words for a label: those for one person, and those for two
    (frozenset(["true", "t", "yes", "y"]), frozenset(["false", "f", "no", "n"])),
    (
        frozenset(["same", "match", "matched", "genuine", "positive", "mated"]),
        frozenset(_OPPOSITES),
    ),
)

_NO_LABEL = "a column of labels"
_NUMBER = re.compile(r"([+-]?\d{1,18})(?:\.0*)?")
_TOKEN = re.compile(r"[a-z]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FILES = frozenset(["file", "filename", "filepath", "imagepath", "imgpath", "path"])
_PHOTOS = _FILES | {"crop", "f", "face", "im", "image", "img", "p", "photo", "pic", "picture"}
_FILLERS = frozenset(["id", "name", "url"])
_SIDES = (
    *(("first", "second"), ("probe", "reference"), ("probe", "gallery"), ("query", "gallery")),
    *(("query", "reference"), ("left", "right")),
    *(("1", "2"), ("0", "1"), ("a", "b"), ("x", "y")),
)
_LABELS = (
    *("label", "labels", "same", "issame", "sameperson", "issameperson", "sameidentity", "sameid"),
    *("match", "ismatch", "matched", "genuine", "isgenuine", "mated", "ismated", "decision"),
    *("target", "groundtruth", "truth", "gt", "ytrue", "y", "actual", "class", "pairtype", "type"),
)


class Labels:
    """What the labels of one list mean, which are all of one kind.

    A list whose labels are numbers as well as words, or `yes` as well as `different`, has a header
    of another meaning on top; 0 and -1 are not both for two people in one list.
    """

    def __init__(self) -> None:
        self._impostor: int | None = None
        self._kind: int | None = None

    def same(self, text: str) -> bool | None:
        """Return whether a label says that a pair shows one person; None where it says neither.

        >>> [Labels().same(text) for text in ("1.0", "No", "-1", "match", "2")]
        [True, False, False, True, None]
        """
        word = text.strip().lower()
        plain = word.replace("-", "").replace("_", "").replace(" ", "")
        kind = next((at for at, words in enumerate(_KINDS) if plain in words[0] | words[1]), -1)
        if self._kind not in (None, kind):
            return None
        if kind >= 0:
            self._kind = kind
            return plain in _KINDS[kind][0]
        number = whole(word)
        if number not in (0, 1, -1) or (number != 1 and self._impostor not in (None, number)):
            return None
        self._kind = kind
        if number != 1:
            self._impostor = number
        return number == 1


def whole(text: str) -> int | None:
    """Return the whole number that a text spells, also as `4.0`; None where it is none.

    >>> whole("4.0"), whole("-1"), whole("1.5")
    (4, -1, None)
    """
    found = _NUMBER.fullmatch(text.strip()) if text.isascii() else None
    return None if found is None else int(found[1])


def pair_columns(header: Sequence[str]) -> tuple[int, int, int] | str:
    """Return which columns hold the two photos and the label, or what the header lacks.

    >>> pair_columns(["file_x", "Decision", "file_y"]), pair_columns(["img1", "img2"])
    ((0, 2, 1), 'a column of labels')
    """
    found: tuple[int, int] | None = None
    for marks in _SIDES:
        sides = [_photo_columns(header, mark) for mark in marks]
        if all(sides):
            if max(map(len, sides)) > 1:
                several = [header[at] for side in sides for at in side]
                return f"one column for each photo rather than {', '.join(map(repr, several))}"
            found = sides[0][0], sides[1][0]
            break
    plain = ["".join(_tokens(name)) for name in header]
    label = next((plain.index(name) for name in _LABELS if name in plain), None)
    if found is not None and label is not None:
        return (*found, label)
    lacking = ["columns of two photos"] if found is None else []
    return " and ".join(lacking + ([_NO_LABEL] if label is None else []))


def opposite_column(header: Sequence[str]) -> str | None:
    """Return the column of a header that says whether two photos are of two people, if any.

    Its 1 means what 0 means elsewhere, so that nobody should have to guess.

    >>> opposite_column(["image1", "image2", "is_different"]), opposite_column(["a", "b", "diff"])
    ('is_different', None)
    """
    if pair_columns(header) != _NO_LABEL:
        return None
    plain = ["".join(_tokens(name)).removeprefix("is") for name in header]
    return next(
        (name for name, word in zip(header, plain, strict=True) if word in _OPPOSITES), None
    )


def numbered_people(header: Sequence[str]) -> int | None:
    """Return where the columns `name, imagenum1, ...` of LFW's lists as CSV begin, if they do.

    >>> numbered_people(["", "name", "imagenum1", "imagenum2", ""])
    1
    """
    plain = ["".join(_tokens(name)) for name in header]
    numbers = sum(name.startswith(("imagenum", "imgnum", "photonum")) for name in plain)
    starts = [at for at, name in enumerate(plain) if name.startswith(("name", "person"))]
    return starts[0] if numbers == 2 and starts else None


def _photo_columns(header: Sequence[str], mark: str) -> list[int]:
    """Return the columns that may hold the photos of one side; those of paths where some do."""
    found, paths = [], []
    for at, name in enumerate(header):
        tokens = _tokens(name)
        rest = [token for token in tokens if token not in _PHOTOS and token not in _FILLERS]
        photo = any(token in _PHOTOS for token in tokens)
        if rest == [mark] and (photo or len(mark) > 1):
            found.append(at)
            if any(token in _FILES for token in tokens):
                paths.append(at)
    return paths or found


def _tokens(name: str) -> list[str]:
    """Return the words and numbers in a column's name.

    >>> _tokens("imagePath_1"), _tokens("Is Same")
    (['image', 'path', '1'], ['is', 'same'])
    """
    return _TOKEN.findall(_CAMEL.sub(" ", name).lower())
