"""What every source of faces promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FaceSet


@dataclass(frozen=True)
class LeftOut:
    """A photo or person that a source holds but that cannot be used, and why."""

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Loaded:
    """The faces of a source, and everything that was left out of them.

    Attributes:
        faces: the faces.
        left_out: photos and people that are not among them, and why.
        noted: photos that were kept but about which something was decided, and what; e.g. which
            of several faces was taken.
    """

    faces: FaceSet
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Survey:
    """What a source would give, found without reading a photo.

    Attributes:
        people: number of people, or None when only reading would tell.
        photos: number of photos, or None when only reading would tell.
    """

    people: int | None
    photos: int | None


class Source(Component):
    """Knows where faces come from; everything after it sees only a `FaceSet`."""

    family = "source"

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the faces at `size` (height, width), rows sorted by id.

        Args:
            size: height and width in pixels that every photo is brought to.
            cache: folder for packed photos; what is there from an earlier call is used again.
            progress: told how many photos are done.

        Raises:
            SourceError: the source as a whole cannot be used.
        """
        raise NotImplementedError

    def survey(self) -> Survey:
        """Return how much there is, without reading a photo.

        Raises:
            SourceError: the source as a whole cannot be used.
        """
        raise NotImplementedError


sources: Registry[Source] = Registry(Source, "faceaudit.faces.sources")
