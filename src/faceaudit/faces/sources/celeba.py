"""Source: CelebA, with its 40 attributes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from faceaudit.errors import OptionError, PhotoError, SourceError, closest
from faceaudit.faces.crop import Crop, box
from faceaudit.faces.loaded import LeftOut, Loaded, Survey
from faceaudit.faces.reading.celeba_files import (
    ATTRIBUTES,
    IDENTITY,
    LANDMARKS,
    PARTITION,
    PARTS,
    Table,
    locate_file,
    needed,
    read_attributes,
    read_identity,
    read_landmarks,
    read_partition,
)
from faceaudit.faces.reading.layout import reason_of
from faceaudit.faces.reading.listing import Listing
from faceaudit.faces.reading.named_files import PhotoRoot, at_least, printable_path
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_source import Choose, PhotoSource, PhotoStream
from faceaudit.progress import Progress
from faceaudit.types import FaceSet, FloatArray

_PHOTOS = "img_align_celeba"
_HEIGHT, _WIDTH = 218, 178


@dataclass(frozen=True, eq=False)
class _Chosen:
    """The photos that are asked for, and the attributes and landmarks of all.

    Attributes:
        listing: the photos that are asked for and there.
        attributes: of every photo, when the file is there.
        landmarks: row of every photo and (N, 5, 2) pixels, when they are used.
        shared: how many people of the part are in another one too.
    """

    listing: Listing
    attributes: Table | None
    landmarks: tuple[Mapping[str, int], FloatArray] | None
    shared: int


@sources.register
class CelebA(PhotoSource):
    """CelebA, aligned: 202,599 photos of 10,177 people with 40 attributes.

    `part` takes a part of CelebA's own split, or of one made anew with `by_identity`. From it
    people with fewer than `minimum` photos go, then people beyond `people`, and at last photos
    until as many have the attribute `balance` as have it not. Who and what goes depends on names
    and `seed` alone. Each photo is a group of its own.

    The crop is 122 x 104 of the 218 x 178 pixels, forehead to chin, in the shape of 55 x 47.
    """

    name: ClassVar[str] = "celeba"
    paper: ClassVar[str] = "Liu, Luo, Wang, Tang 2015 (ICCV, arXiv 1411.7766)"
    divided_by: ClassVar[Sequence[str]] = ("Male", "Young", "Pale_Skin", "No_Beard", "Eyeglasses")
    value_names: ClassVar[Mapping[str, Sequence[str]]] = {
        name: (f"not {name}", name) for name in divided_by
    }

    path: str = Field(
        min_length=1,
        description=f"the folder that holds {_PHOTOS} or Img/{_PHOTOS}; ~ and ${{NAME}} are "
        "filled in",
    )
    part: Literal["all", "train", "validation", "test"] = Field(
        "all", description="the part of the split that is used"
    )
    by_identity: tuple[float, float, float] | None = Field(
        None,
        description="fractions of people for train, validation and test, drawn by `seed`; none "
        "uses CelebA's own split",
    )
    balance: str | None = Field(
        None, description="an attribute that as many photos get to have as not, e.g. Male"
    )
    minimum: int = Field(
        1, ge=1, description="people with fewer photos are left out before anything is decoded"
    )
    people: int | None = Field(
        None, ge=1, description="how many people at most, drawn by `seed`; none means all"
    )
    seed: int = Field(
        0, ge=0, lt=2**63, description="draws people and photos where not all are used"
    )
    crop: Crop = Field(
        (0.275, 0.205, 0.835, 0.79),
        description="the part of each photo that is kept, stretched to the size asked for: a "
        "central fraction of height and width, or [top, left, bottom, right] fractions",
    )

    @field_validator("by_identity")
    @classmethod
    def _sound(cls, value: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
        if value is not None and not (min(value) >= 0 and abs(sum(value) - 1) < 1e-6):
            raise ValueError(f"expected three fractions that add up to 1, got {value}")
        return value

    def photos(self) -> PhotoStream:
        """Return the photos that are asked for and there.

        Raises:
            SourceError: a file is missing or malformed, or nothing is left.
            OptionError: `balance` is no attribute.
        """
        return listed_photos(self._choose().listing)

    def _load(
        self, size: tuple[int, int], choose: Choose | None, *, cache: Path, progress: Progress
    ) -> Loaded:
        """Return photos at `size` with attributes, decoded once and then kept in `cache`.

        The columns are CelebA's, 1 for a photo that has the attribute and 0 for one that has it
        not. Where `align` is none and CelebA's landmarks are there, they come along in pixels of
        `size`; they fit photos of 178 x 218 pixels, as published.

        Raises:
            SourceError: a file is missing or malformed, or no usable photo is left.
            OptionError: `balance` is no attribute.
        """
        chosen = self._choose()
        if chosen.shared:
            progress.note(f"{chosen.shared:,} people of {self.part!r} are in another part too")
        stream = listed_photos(chosen.listing)
        loaded = self._pack_photos(stream, size, choose, cache=cache, progress=progress)
        return replace(loaded, faces=_add_annotations(loaded.faces, chosen, self.crop))

    def attribute_names(self) -> Sequence[str]:
        """Return the names in CelebA's file of attributes; none without it.

        Raises:
            SourceError: the folder is missing, or the file malformed.
        """
        table = self._read_attributes(self._located())
        return () if table is None else table.names

    def survey(self) -> Survey:
        """Return how many people and photos are asked for and there.

        Raises:
            SourceError: a file is missing or malformed, or nothing is left.
            OptionError: `balance` is no attribute.
        """
        return self._choose().listing.survey()

    def _choose(self) -> _Chosen:
        root = self._located()
        folders = (root / _PHOTOS, root / "Img" / _PHOTOS)
        photos = next((folder for folder in folders if folder.is_dir()), None)
        if photos is None:
            raise SourceError(
                f"expected {_PHOTOS} or Img/{_PHOTOS} in {root}, got neither; give the folder "
                "CelebA is in"
            )
        person = read_identity(needed(root, IDENTITY, "says who is on each photo"))
        of_part = self._select_part(root, person)
        rest = {name for photo, name in person.items() if photo not in of_part}
        listing = _list_photos(PhotoRoot(photos), of_part)
        attributes = self._read_attributes(root)
        landmarks = self._read_landmarks(root)
        if attributes is not None:
            listing = _only_named(listing, attributes.row, ATTRIBUTES)
        if landmarks is not None:
            listing = _only_named(listing, landmarks[0], LANDMARKS)
        advice = f"fetch the photos of {_PHOTOS} again, or give the folder CelebA is in"
        listing = self._limit_people(at_least(listing, self.minimum, self.path, advice=advice))
        listing = self._balance_photos(listing, attributes)
        listing = Listing(listing.files, (*listing.left_out, *_list_nameless_files(photos, person)))
        return _Chosen(listing, attributes, landmarks, len(rest & set(of_part.values())))

    def _select_part(self, root: Path, person: Mapping[str, str]) -> dict[str, str]:
        """Return the person of each photo of the part that is asked for."""
        if self.part == "all":
            return dict(person)
        if self.by_identity is None:
            part = read_partition(needed(root, PARTITION, "says which part a photo is of"))
            chosen = {photo: name for photo, name in person.items() if part.get(photo) == self.part}
        else:
            people = self._ranked(set(person.values()))
            ends = np.round(np.cumsum(self.by_identity) * len(people)).astype(int)
            number = PARTS.index(self.part)
            in_part = set(people[(0, *ends)[number] : ends[number]])
            chosen = {photo: name for photo, name in person.items() if name in in_part}
        if not chosen:
            raise SourceError(f"expected photos in the part {self.part!r} of {root}, got none")
        return chosen

    def _read_landmarks(self, root: Path) -> tuple[Mapping[str, int], FloatArray] | None:
        path = locate_file(root, LANDMARKS)
        return None if path is None or self.align is not None else read_landmarks(path)

    def _ranked(self, people: set[str]) -> list[str]:
        names = sorted(people)
        order = np.argsort(seeded_order(names, self.seed), kind="stable")
        return [names[row] for row in order]

    def _read_attributes(self, root: Path) -> Table | None:
        path = locate_file(root, ATTRIBUTES)
        if self.balance is not None:
            path = needed(root, ATTRIBUTES, "says which photos have an attribute")
        table = None if path is None else read_attributes(path)
        if table is not None and self.balance is not None and self.balance not in table.names:
            close = closest(self.balance, table.names)
            raise OptionError(
                f"balance: expected an attribute of CelebA ({', '.join(table.names)}), got "
                f"{self.balance!r}" + (f"; try {close!r}" if close else "")
            )
        return table

    def _limit_people(self, listing: Listing) -> Listing:
        people = {file.location.person for file in listing.files}
        if self.people is None or len(people) <= self.people:
            return listing
        stay = set(self._ranked(people)[: self.people])
        files = tuple(file for file in listing.files if file.location.person in stay)
        out = LeftOut("people", f"expected at most {self.people:,} people, got {len(people):,}")
        return Listing(files, (*listing.left_out, out))

    def _balance_photos(self, listing: Listing, attributes: Table | None) -> Listing:
        if self.balance is None:
            return listing
        assert attributes is not None
        ids = [file.location.id for file in listing.files]
        has = attributes.column(self.balance, ids)
        having = int(has.sum())
        each = min(having, len(has) - having)
        if each == 0:
            raise SourceError(
                f"expected photos with {self.balance} and photos without, got {having:,} and "
                f"{len(has) - having:,}; balance another attribute or take more people"
            )
        order = np.argsort(seeded_order(ids, self.seed), kind="stable")
        stay = {int(row) for kind in (0, 1) for row in order[has[order] == kind][:each]}
        out = LeftOut(
            self.balance,
            f"expected as many photos with {self.balance} as without, got {having:,} and "
            f"{len(has) - having:,}; {len(has) - 2 * each:,} are left out, drawn by the seed",
        )
        files = tuple(file for row, file in enumerate(listing.files) if row in stay)
        return Listing(
            files, (*listing.left_out, out) if len(files) < len(has) else listing.left_out
        )


def _add_annotations(faces: FaceSet, chosen: _Chosen, crop: Crop) -> FaceSet:
    """Return the faces with all that CelebA says of them."""
    columns, landmarks, ids = {}, faces.landmarks, list(faces.ids)
    if chosen.attributes is not None:
        columns = {name: chosen.attributes.column(name, ids) for name in chosen.attributes.names}
    if chosen.landmarks is not None:
        row, pixels = chosen.landmarks
        landmarks = _scale_landmarks(pixels[[row[id_] for id_ in ids]], crop, faces.size)
    return replace(faces, attributes=columns, landmarks=landmarks, fingerprint="")


def _list_photos(root: PhotoRoot, person: Mapping[str, str]) -> Listing:
    files, left_out = [], []
    for photo in sorted(person):
        try:
            files.append(root.find(photo, person[photo]))
        except (PhotoError, OSError) as reason:
            left_out.append(LeftOut(printable_path(photo) or photo, reason_of(reason)))
    twice = [id_ for id_, n in Counter(file.location.id for file in files).items() if n > 1]
    if twice:
        raise SourceError(f"expected each photo once in {IDENTITY}, got {twice[0]} again")
    return Listing(tuple(sorted(files, key=lambda file: file.location.id)), tuple(left_out))


def _list_nameless_files(photos: Path, person: Mapping[str, str]) -> list[LeftOut]:
    """Return the files of the folder that nobody's name is known for."""
    reason = f"expected a line in {IDENTITY}, got none"
    try:
        extra = sorted(set(os.listdir(photos)).difference(person))  # noqa: PTH208 - names alone
    except OSError as error:
        raise SourceError(f"expected a folder that can be read, got {photos} ({error})") from None
    return [LeftOut(printable_path(name), reason) for name in extra]


def _only_named(listing: Listing, known: Mapping[str, int], where: str) -> Listing:
    files = tuple(file for file in listing.files if file.location.id in known)
    reason = f"expected a line in {where}, got none"
    out = tuple(
        LeftOut(file.location.id, reason) for file in listing.files if file.location.id not in known
    )
    return Listing(files, (*listing.left_out, *out))


def _scale_landmarks(pixels: FloatArray, crop: Crop, size: tuple[int, int]) -> FloatArray:
    """Return landmarks of whole photos in pixels of the crop at `size`.

    The centre of the top-left pixel is (0, 0), so that edges lie half a pixel before it.
    """
    left, top, right, bottom = box(crop, width=_WIDTH, height=_HEIGHT)
    scale = np.array([size[1] / (right - left), size[0] / (bottom - top)])
    moved: FloatArray = ((pixels + 0.5 - [left, top]) * scale - 0.5).astype(np.float32)
    return moved
