"""Base class of sources that read photos: their common options, and how they are packed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from faceaudit.faces.alignment.base import Align, aligners
from faceaudit.faces.crop import Crop
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.packing.pack import Packing, pack
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.sources.base import Source
from faceaudit.files.paths import expand
from faceaudit.progress import Progress, silent


@dataclass(frozen=True)
class PhotoStream:
    """The photos of a source, to be read one after the other.

    Attributes:
        state: JSON value that changes whenever the photos may.
        photos: gives the photos, and what is left out, in the same order whenever `state` is the
            same.
        total: how many there are, or None when nobody knows yet.
    """

    state: object
    photos: Callable[[], Iterable[PhotoFile | LeftOut]]
    total: int | None


def _build_aligner(value: object) -> object:
    return value if value is None else aligners.build(value)  # type: ignore[arg-type]


def _dump_aligner(align: Align | None) -> dict[str, Any] | None:
    return None if align is None else align.spec().as_json()


class PhotoSource(Source):
    """A source of photos: which part of each is kept, or how the face in it is aligned."""

    path: str = Field(min_length=1, description="where the photos are; ~ and ${NAME} are filled in")
    crop: Crop = Field(
        1.0,
        description="the part of each photo that is kept, stretched to the size asked for: a "
        "central fraction of height and width, or [top, left, bottom, right] fractions",
    )
    align: Annotated[
        Align | None, BeforeValidator(_build_aligner), PlainSerializer(_dump_aligner)
    ] = Field(
        None, description="how the face in each photo is found and aligned; none keeps the crop"
    )

    @abstractmethod
    def photos(self) -> PhotoStream:
        """Return the photos to read; called before anything is packed, and whenever faces are.

        Raises:
            SourceError: the source as a whole cannot be used.
        """

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the photos at `size` (height, width), decoded once and then kept in `cache`.

        Args:
            size: height and width in pixels that every photo is brought to.
            cache: folder for packed photos; what is there from an earlier call is used again.
            progress: told how many photos are done.

        Raises:
            SourceError: as `photos` says, or no usable photo is left.
            WeightsError: `align` needs a file that cannot be used.
        """
        return self._pack_photos(self.photos(), size, cache=cache, progress=progress)

    def identity(self) -> dict[str, Any]:
        """Return what determines the faces; of `align` it holds the version, too."""
        align = None if self.align is None else self.align.identity()
        return {**super().identity(), "align": align}

    def _pack_photos(
        self, stream: PhotoStream, size: tuple[int, int], *, cache: Path, progress: Progress
    ) -> Loaded:
        packing = Packing(
            what=[self.name, self.version, stream.state],
            stream=stream.photos,
            total=stream.total,
            size=size,
            crop=self.crop,
            where=self.path,
            align=self.align,
        )
        return pack(packing, cache=cache, progress=progress)

    def _located(self) -> Path:
        """Return where `path` points; raise `SourceError` when nothing is there."""
        return expand(
            self.path,
            advice=(
                "in a plan, `--set faces.path=...`, or `--set <section>.faces.path=...` where the "
                "section has faces of its own"
            ),
        )
