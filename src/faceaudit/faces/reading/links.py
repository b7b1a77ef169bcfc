"""Symbolic links in a folder of photos: followed where the user says so, and never in a circle."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from faceaudit.errors import PhotoError
from faceaudit.faces.reading.layout import LINK, FolderLayout

LINK_HERE = f"{LINK}; try the option follow_links: true"
"""Why a link in a folder is left out that could be followed."""

Above: TypeAlias = tuple[tuple[int, int], ...]
"""Device and number of each folder above an entry, through links too."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an entry of a folder is, or leads to.

    Attributes:
        path: of the file or folder itself.
        about: of it.
        above: of the entries in it, when it is a folder.
        linked: whether it was reached through a link.
    """

    path: bytes
    about: os.stat_result
    above: Above
    linked: bool

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.about.st_mode)


def start(root: bytes) -> Found:
    """Return the folder that a listing starts in."""
    about = os.stat(root)  # noqa: PTH116 - bytes
    return Found(root, about, ((about.st_dev, about.st_ino),), linked=False)


def find(
    entry: os.DirEntry[bytes],
    folder: Found,
    *,
    follow: bool | None,
    layout: FolderLayout,
    depth: int,
) -> Found:
    """Return what an entry is; of a link, what it leads to.

    Args:
        entry: of a folder.
        folder: that it is in.
        follow: whether links are followed; None where that is not offered.
        layout: how photos are filed.
        depth: names in the path of the entry.

    Raises:
        PhotoError: it is a link that is not followed, leads to nothing or to a folder that it is
            in, or to a folder where no photo belongs.
        OSError: it cannot be looked up.
    """
    path, linked = entry.path, folder.linked
    if entry.is_symlink():
        if not follow:
            raise PhotoError(LINK if follow is None else LINK_HERE)
        linked = True
        try:
            path = os.path.realpath(entry.path, strict=True)
        except FileNotFoundError:
            raise PhotoError(
                "expected a file, got a symbolic link that leads to nothing; fetch what it leads "
                "to (git annex get or dvc pull, where the set is kept so)"
            ) from None
    about = os.lstat(path)
    above = folder.above
    if stat.S_ISDIR(about.st_mode):
        own = (about.st_dev, about.st_ino)
        if own in above:
            raise PhotoError("expected a folder of photos, got a link to one that it lies in")
        if entry.is_symlink() and depth > 2:
            raise PhotoError(f"expected {layout}, got a folder nested deeper")
        above = (*above, own)
    return Found(path, about, above, linked)


def repeated(files: Iterable[tuple[str, str, bytes, bool]]) -> Mapping[str, str]:
    """Return, by the id of each file that is one again, the id under which it stays.

    A file that lies in the folder itself stays, and what links to it goes. Of those that only links
    lead to, the first of a person stays; when two people have one, both keep it here, so that it is
    seen to be nobody's.

    Args:
        files: id, person, path of the file itself, and whether a link led to it; sorted by id.
    """
    direct: dict[bytes, str] = {}
    first: dict[tuple[bytes, str], str] = {}
    listed = list(files)
    for id_, _, path, linked in listed:
        if not linked:
            direct.setdefault(path, id_)
    again = {}
    for id_, person, path, linked in listed:
        if not linked:
            continue
        stays = direct.get(path) or first.setdefault((path, person), id_)
        if stays != id_:
            again[id_] = stays
    return again
