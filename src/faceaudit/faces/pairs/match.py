"""Matching of the names in a list of pairs to the ids of photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faceaudit.faces.reading.named_files import printable_path

_EXTENSIONS = frozenset(
    ["bmp", "gif", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "ppm", "tif", "tiff", "webp"]
)
_AMBIGUOUS = ""


class Matching:
    """The photo ids that names mean: as they stand, with another extension or in another folder.

    A name also means the one photo whose id ends in it (`Ann_0001.jpg` means `Ann/Ann_0001.jpg`),
    or whose id it ends in (`lfw/images/Ann/Ann_0001.jpg`); parts of a path are never cut. Where
    several photos would fit, or several names would mean one photo, none does.

    Args:
        ids: the ids of all photos.
        names: every name that will be asked for.
    """

    def __init__(self, ids: Sequence[str], names: Iterable[str]) -> None:
        self._exact = frozenset(ids)
        self._ids: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        unknown = []
        for name in dict.fromkeys(names):
            path = printable_path(name)
            if path in self._exact:
                self._ids[name] = path
            else:
                unknown.append((name, _bare(path)))
        if unknown:
            self._match_unknown_names(ids, unknown)

    def find(self, name: str) -> str | None:
        """Return the id of the photo that `name` means, or None."""
        return self._ids.get(name)

    def why(self, name: str) -> str:
        """Return why a name means no photo."""
        return self._reasons.get(name, "got none")

    def _match_unknown_names(self, ids: Sequence[str], unknown: list[tuple[str, str]]) -> None:
        endings: dict[str, str] = {}
        whole: dict[str, str] = {}
        for photo in ids:
            bare = _bare(photo)
            _note(whole, bare, photo)
            for ending in _endings(bare):
                _note(endings, ending, photo)
        shortened: dict[str, set[str]] = {}
        for name, bare in unknown:
            id_: str | None = whole.get(bare)
            if id_ is None:
                id_ = endings.get(bare)
            if id_ is None:
                id_ = next((whole[end] for end in _endings(bare) if end in whole), None)
                if id_:
                    shortened.setdefault(id_, set()).add(name)
            if id_ == _AMBIGUOUS:
                self._reasons[name] = "got several"
            elif id_ is not None:
                self._ids[name] = id_
        # a/1.jpg and b/1.jpg cannot both be 1.jpg.
        for names in shortened.values():
            if len({_bare(printable_path(name)) for name in names}) > 1:
                for name in names:
                    del self._ids[name]
                    self._reasons[name] = "got one that several names of the list would mean"


def _note(table: dict[str, str], name: str, id_: str) -> None:
    table[name] = id_ if table.get(name, id_) == id_ else _AMBIGUOUS


def _bare(path: str) -> str:
    """Return a path without the extension of a photo.

    >>> _bare("Ann/Ann_0001.JPG"), _bare("0/0.12")
    ('Ann/Ann_0001', '0/0.12')
    """
    stem, dot, extension = path.rpartition(".")
    known = bool(dot) and extension.lower() in _EXTENSIONS and not stem.endswith("/")
    return stem if known and stem else path


def _endings(path: str) -> list[str]:
    """Return what is left of a path when its first folders are taken away, the longest first."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(1, len(parts))]
