"""Faces: load them from a source, and look at what was loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceaudit.api.arguments import Cache, StrPath, check_size, folders, path_of, shown
from faceaudit.api.photo_names import NamesLike, names_of
from faceaudit.api.spelling import AlignLike, SourceLike, find_source
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment.base import Align
from faceaudit.faces.crop import Crop
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.pairs.wanted import named
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.progress import Progress, silent
from faceaudit.types import FaceSet, ImageArray

SIZE = (112, 112)
"""Height and width that most face networks take."""

PICTURES = (".png", ".jpg", ".jpeg")
PEOPLE, PHOTOS = 8, 10
"""People and photos of each that a contact sheet shows at most."""


@dataclass(frozen=True, eq=False)
class LoadedFaces(Loaded):
    """The faces of a source, and everything that was left out of them.

    Attributes:
        faces: the faces, a `FaceSet`.
        left_out: photos and people that are not among them, each with `id` and `reason`.
        remarks: photos that are among them but about which something was decided; likewise.
        source: where they are from; None for faces that were made elsewhere.
    """

    source: Source | None = None

    @property
    def align(self) -> Align | None:
        """How the face in each photo was found; None where none was looked for here."""
        align = getattr(self.source, "align", None)
        return align if isinstance(align, Align) else None

    @property
    def crop(self) -> Crop:
        """The part of each photo that was kept where no face was looked for."""
        crop: Crop = getattr(self.source, "crop", 1.0)
        return crop


FacesLike = FaceSet | Loaded | SourceLike
"""Faces: loaded ones, or where to load them from."""


def load_faces(
    source: SourceLike,
    size: tuple[int, int] = SIZE,
    *,
    align: AlignLike | None = None,
    only: NamesLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
    **options: Any,
) -> LoadedFaces:
    """Load the faces of a source; each photo is decoded once and then mapped from disk.

    Args:
        source: NAME or NAME:PATH, as in "lfw:~/lfw/images" or "synthetic"; the path of a folder
            that holds one folder a person; a mapping as a plan has it; or a source.
        size: height and width in pixels that every photo is brought to; a network's `size`.
        align: how the face in each photo is found, as in "yunet:face_detection_yunet.onnx"; the
            photos are taken as they are when None.
        only: the photos that are needed: a list of pairs, the file of one, or names as such lists
            have them. No other photo is decoded, unless the source makes its faces itself; what
            comes back is as if all had been. None needs all.
        cache: the folder for packed photos, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None.
        progress: told how many photos are done.
        options: options of the source, as in `people=20`; `faceaudit show NAME` lists them.

    Returns:
        The `faces`, what was `left_out` and why, and `remarks` on photos that are used.

    Raises:
        UnknownName: no source has that name.
        OptionError: an option is wrong.
        InputError: the size is none.
        SourceError: the photos cannot be used.
        WeightsError: the detector's weights cannot be used.
        PairsError: the list cannot be read, or no photo of it is there.

    Example:
        >>> import faceaudit
        >>> loaded = faceaudit.load_faces("synthetic", (55, 47), people=2, photos=3, sessions=1)
        >>> loaded.faces.images.shape, loaded.faces.names
        ((6, 55, 47, 3), ('synthetic-0000', 'synthetic-0001'))
    """
    found = find_source(source, align=align, options=options)
    return load_source(found, check_size(size), folders(cache, progress), only=only)


def load_source(
    source: Source, size: tuple[int, int], work: Workspace, *, only: NamesLike | None = None
) -> LoadedFaces:
    """Return the faces of a source at a size, packed in a workspace; see `load_faces`."""
    if only is None or not isinstance(source, PhotoSource):
        loaded = source.load(size, cache=work.faces, progress=work.progress)
    else:
        choose = named(names_of(only))
        loaded = source.load_chosen(size, choose, cache=work.faces, progress=work.progress)
    return LoadedFaces(loaded.faces, loaded.left_out, loaded.remarks, source)


def faces_at(
    faces: FacesLike | Sequence[FaceSet | Loaded],
    sizes: Sequence[tuple[int, int]],
    work: Workspace,
    *,
    align: AlignLike | None = None,
    only: NamesLike | None = None,
) -> list[LoadedFaces]:
    """Return the same faces at several sizes, each size loaded once.

    Args:
        faces: loaded faces or where to load them from; or loaded ones for each size.
        sizes: K heights and widths.
        work: local folders.
        align: how the face in each photo is found, where they are loaded now.
        only: the photos that are needed, where they are loaded now; None needs all.

    Raises:
        InputError: loaded faces are of another size and cannot be loaded again.
        FaceAuditError: the faces cannot be loaded.
    """
    if isinstance(faces, Sequence) and not isinstance(faces, str):
        return _each_checked(faces, sizes)
    if isinstance(faces, FaceSet | Loaded):
        loaded = _loaded(faces)
        if align is not None:
            raise InputError(
                f"expected align for faces that are loaded now, got {shown(align)} for loaded "
                "ones; give it to `load_faces`"
            )
        source = loaded.source
        if all(size == loaded.faces.size for size in sizes):
            return [loaded] * len(sizes)
        if source is None:
            raise InputError(
                f"expected faces of the network's size {sizes[0]}, got {loaded.faces.size}; load "
                "them at that size, or give where to load them from"
            )
        known = {loaded.faces.size: loaded}
    else:
        source, known = find_source(faces, align=align), {}
    for size in dict.fromkeys(sizes):
        if size not in known:
            known[size] = load_source(source, size, work, only=only)
    return [known[size] for size in sizes]


def check_faces(faces: object, align: AlignLike | None = None) -> None:
    """Raise for what can be no faces, before anything is loaded.

    Raises:
        InputError: it is no faces and no source of any.
        FaceAuditError: a source is spelled wrongly.
    """
    if isinstance(faces, FaceSet | Loaded):
        return
    if isinstance(faces, np.ndarray | list | tuple):
        raise InputError(
            f"expected faces as a FaceSet, got {shown(faces)}; say who is on each photo: "
            "FaceSet(images=..., identity=..., names=..., ids=..., group=...)"
        )
    find_source(faces, align=align)  # type: ignore[arg-type]


def write_contact_sheet(faces: FaceSet, path: StrPath) -> Path:
    """Write some photos of some people as one picture, a person a row.

    Args:
        faces: of whom the first 8 people are shown with 10 photos each at most.
        path: a PNG or JPEG file.

    Returns:
        The file written.

    Raises:
        OptionError: the file is of another kind or cannot be written.
    """
    from PIL import Image  # noqa: PLC0415 - only this needs it

    file = check_picture(path)
    people = np.unique(faces.identity)[:PEOPLE]
    try:
        Image.fromarray(_sheet(faces, people.tolist())).save(file)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {file} ({error})") from None
    return file


def check_picture(path: StrPath) -> Path:
    """Return the path of a picture to write.

    Raises:
        OptionError: it does not end as one.
    """
    file = path_of(path, "a picture to write")
    if file.suffix.lower() not in PICTURES:
        raise OptionError(f"expected --sheet FILE.png or FILE.jpg, got {file}")
    return file


@dataclass(frozen=True)
class FacesSummary:
    """The size of a set of faces, and what is known of its photos.

    Attributes:
        photos, people, groups: how many; a group is a video, a session or a single photo.
        fewest, most, median: photos a person.
        landmarks: of how many photos the landmarks are known; None where of none.
    """

    photos: int
    people: int
    groups: int
    fewest: int
    most: int
    median: float
    landmarks: int | None


def summarize(faces: FaceSet) -> FacesSummary:
    """Return how many photos, people and groups there are, and how many photos a person has."""
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    known = None
    if faces.landmarks is not None:
        known = int(np.isfinite(faces.landmarks).all(axis=(1, 2)).sum())
    return FacesSummary(
        photos=len(faces),
        people=len(faces.names),
        groups=len(np.unique(faces.group)),
        fewest=int(photos.min(initial=len(faces))),
        most=int(photos.max(initial=0)),
        median=float(np.median(photos)) if len(photos) else 0.0,
        landmarks=known,
    )


def _sheet(faces: FaceSet, people: Sequence[int]) -> ImageArray:
    """Return (people * H, PHOTOS * W, 3): a row of photos for each person, white where none is."""
    height, width = faces.size
    sheet = np.full((len(people), height, PHOTOS, width, 3), 255, dtype=np.uint8)
    for row, person in enumerate(people):
        mine = np.flatnonzero(faces.identity == person)
        chosen = mine[np.linspace(0, len(mine) - 1, min(PHOTOS, len(mine))).astype(int)]
        sheet[row, :, : len(chosen)] = faces.images[chosen].swapaxes(0, 1)
    return sheet.reshape(len(people) * height, PHOTOS * width, 3)


def _loaded(faces: FaceSet | Loaded) -> LoadedFaces:
    if isinstance(faces, LoadedFaces):
        return faces
    if isinstance(faces, Loaded):
        return LoadedFaces(faces.faces, faces.left_out, faces.remarks)
    return LoadedFaces(faces)


def _each_checked(faces: Sequence[object], sizes: Sequence[tuple[int, int]]) -> list[LoadedFaces]:
    """Return faces that were loaded for each size."""
    each = [one for one in faces if isinstance(one, FaceSet | Loaded)]
    if len(each) != len(sizes) or len(faces) != len(sizes):
        raise InputError(
            f"expected faces once for each of {len(sizes)} networks, got {shown(faces)}; give "
            "loaded faces of each network's size, or where to load them from"
        )
    loaded = [_loaded(one) for one in each]
    given = [one.faces.size for one in loaded]
    if given != list(sizes):
        raise InputError(
            f"expected faces of the networks' sizes {list(sizes)}, got {given}; load them at those"
        )
    return loaded
