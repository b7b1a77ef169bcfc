"""Which photo is meant by what a list calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faceaudit.faces.reading.named_files import spelled_path

_EXTENSIONS = frozenset(
    ["bmp", "gif", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "ppm", "tif", "tiff", "webp"]
)
_AMBIGUOUS = ""


class Matching:
    """Finds ids by name: as it stands, with another extension, or in another folder.

    A name also means the one photo whose id ends in it (`Ann_0001.jpg` means `Ann/Ann_0001.jpg`),
    or whose id it ends in (`lfw/images/Ann/Ann_0001.jpg`); parts of a path are never cut. Where
    several photos would fit, or several names would mean one photo, none does.

    Args:
        ids: the ids of all photos.
        names: every name that will be asked for.
    """

    def __init__(self, ids: Sequence[str], names: Iterable[str]) -> None:
        self._exact = frozenset(ids)
        self._found: dict[str, str] = {}
        self._why: dict[str, str] = {}
        unknown = []
        for name in dict.fromkeys(names):
            spelled = spelled_path(name)
            if spelled in self._exact:
                self._found[name] = spelled
            else:
                unknown.append((name, _bare(spelled)))
        if unknown:
            self._match(ids, unknown)

    def find(self, name: str) -> str | None:
        """Return the id of the photo that `name` means, or None."""
        return self._found.get(name)

    def why(self, name: str) -> str:
        """Return why a name means no photo."""
        return self._why.get(name, "got none")

    def _match(self, ids: Sequence[str], unknown: list[tuple[str, str]]) -> None:
        endings: dict[str, str] = {}
        whole: dict[str, str] = {}
        for id_ in ids:
            bare = _bare(id_)
            _note(whole, bare, id_)
            for ending in _endings(bare):
                _note(endings, ending, id_)
        shortened: dict[str, set[str]] = {}
        for name, bare in unknown:
            found = whole.get(bare)
            if found is None:
                found = endings.get(bare)
            if found is None:
                found = next((whole[end] for end in _endings(bare) if end in whole), None)
                if found:
                    shortened.setdefault(found, set()).add(name)
            if found == _AMBIGUOUS:
                self._why[name] = "got several"
            elif found is not None:
                self._found[name] = found
        # a/1.jpg and b/1.jpg cannot both be 1.jpg.
        for names in shortened.values():
            if len({_bare(spelled_path(name)) for name in names}) > 1:
                for name in names:
                    del self._found[name]
                    self._why[name] = "got one that several names of the list would mean"


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
    return ["/".join(parts[at:]) for at in range(1, len(parts))]
