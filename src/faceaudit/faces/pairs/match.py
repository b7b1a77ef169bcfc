"""Matching of the names in a list of pairs to the ids of photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faceaudit.faces.reading.named_files import plain_path, printable_path

_EXTENSIONS = frozenset(
    ["bmp", "gif", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "ppm", "tif", "tiff", "webp"]
)
_AMBIGUOUS = ""


class Matching:
    """The photo ids that names mean: as they stand, with another extension or in another folder.

    A name also means the one photo whose id ends in it (`Ann_0001.jpg` means `Ann/Ann_0001.jpg`),
    or whose id it ends in (`lfw/images/Ann/Ann_0001.jpg`); parts of a path are never cut. Where
    nothing fits, letter case is not looked at, a backslash stands for `/`, and bytes that are no
    UTF-8 for Latin-1. Where several photos would fit, or several names would mean one photo, none
    does.

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
                unknown.append(name)
        for of_name, of_id in ((_bare_name, _bare), (folded_name, folded_path)):
            if unknown:
                bares = {name: of_name(name) for name in unknown}
                self._match_unknown_names([(of_id(photo), photo) for photo in ids], bares)
                known = {**self._ids, **self._reasons}
                unknown = [name for name in unknown if name not in known]

    def find(self, name: str) -> str | None:
        """Return the id of the photo that `name` means, or None."""
        return self._ids.get(name)

    def why(self, name: str) -> str:
        """Return why a name means no photo."""
        return self._reasons.get(name, "got none")

    def _match_unknown_names(self, ids: list[tuple[str, str]], bares: dict[str, str]) -> None:
        """Find the photos that names mean, by bare spellings of the ids and of the names."""
        endings: dict[str, str] = {}
        whole: dict[str, str] = {}
        for bare, photo in ids:
            _note(whole, bare, photo)
            for ending in endings_of(bare):
                _note(endings, ending, photo)
        shortened: dict[str, set[str]] = {}
        for name, bare in bares.items():
            id_: str | None = whole.get(bare)
            if id_ is None:
                id_ = endings.get(bare)
            if id_ is None:
                id_ = next((whole[end] for end in endings_of(bare) if end in whole), None)
                if id_:
                    shortened.setdefault(id_, set()).add(name)
            if id_ == _AMBIGUOUS:
                self._reasons[name] = "got several"
            elif id_ is not None:
                self._ids[name] = id_
        # a/1.jpg and b/1.jpg cannot both be 1.jpg.
        for names in shortened.values():
            if len({bares[name] for name in names}) > 1:
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


def _bare_name(name: str) -> str:
    return _bare(printable_path(name))


def folded_path(path: str) -> str:
    """Return an id in small letters and without an extension."""
    return _bare(path).casefold()


def folded_listed(name: str) -> str:
    """Return a listed path as ids spell it, in small letters and without an extension."""
    return folded_path(printable_path(name))


def folded_name(name: str) -> str:
    r"""Return a listed path in small letters, without an extension, `/` between its folders.

    >>> print(folded_name(r"C:\Faces\Ann\1.JPG"))
    c:/faces/ann/1
    """
    return folded_path(printable_path(plain_path(name)))


def endings_of(path: str) -> list[str]:
    """Return what is left of a path when its first folders are taken away, the longest first."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(1, len(parts))]
