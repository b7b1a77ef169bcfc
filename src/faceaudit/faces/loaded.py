"""Faces as a source gives them, with what was left out, and how many there would be."""

from __future__ import annotations

from dataclasses import dataclass, field

from faceaudit.types import FaceSet


@dataclass(frozen=True)
class LeftOut:
    """A photo or person that a source holds but that cannot be used, and why.

    `person` is who is on a photo; empty where that is not known.
    """

    id: str
    reason: str
    person: str = field(default="", compare=False)


@dataclass(frozen=True)
class Remark:
    """A photo that is used, but not just as it was, and what was decided about it."""

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Loaded:
    """The faces of a source, and everything that was left out of them.

    Attributes:
        faces: the faces.
        left_out: photos and people that are not among them, and why.
        remarks: photos that are among them but about which something was decided; e.g. which of
            several faces was taken.
    """

    faces: FaceSet
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Survey:
    """The size of a source, found without reading a photo.

    Attributes:
        people: number of people, or None when only reading would tell.
        photos: number of photos, or None when only reading would tell.
    """

    people: int | None
    photos: int | None
