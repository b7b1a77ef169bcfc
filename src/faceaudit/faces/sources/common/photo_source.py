"""Base class of sources that read photos: their common options, and how they are packed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, PlainSerializer

from faceaudit.errors import SourceError
from faceaudit.faces.alignment.base import Align, aligners
from faceaudit.faces.crop import Crop
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.packing.pack import pack
from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.sources.base import Source
from faceaudit.files.paths import expand
from faceaudit.files.sealed import is_sealed
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

    def narrow(self, choose: Choose) -> tuple[PhotoStream, frozenset[str] | None]:
        """Return the photos that are chosen, and their ids or None for all; none is decoded.

        Others come along that may be the same file as one of them, so that what is left out as a
        copy does not hang on which photos were chosen.
        """
        files = [
            (photo.location.id, photo.size)
            for photo in self.photos()
            if isinstance(photo, PhotoFile)
        ]
        ids = tuple(dict.fromkeys(id_ for id_, _ in files))
        asked = frozenset(choose(ids))
        if asked.issuperset(ids):
            return self, None
        # A file of another size is no copy; where sizes are not known all files are looked at.
        alike = {size for id_, size in files if id_ in asked}
        looked_at = None if None in alike else alike | {None}

        def some() -> Iterator[PhotoFile | LeftOut]:
            for photo in self.photos():
                if isinstance(photo, LeftOut):
                    if photo.id in asked:
                        yield photo
                elif photo.location.id in asked or looked_at is None or photo.size in looked_at:
                    yield photo

        return replace(self, photos=some, total=None), asked


Choose = Callable[[Sequence[str]], Collection[str]]
"""From the ids of all photos to those of the photos that are asked for."""


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
        return self._load(size, None, cache=cache, progress=progress)

    def load_chosen(
        self, size: tuple[int, int], choose: Choose, *, cache: Path, progress: Progress = silent
    ) -> Loaded:
        """Return the photos that are asked for; no other is decoded.

        They are those that `load` would give, with the same pixels, and `left_out` is of them
        alone. Where all photos are packed already, none is decoded.

        Args:
            size: height and width in pixels that every photo is brought to.
            choose: from the ids of all photos to those of the photos that are asked for.
            cache: folder for packed photos; what is there from an earlier call is used again.
            progress: told how many photos are done.

        Raises:
            SourceError: as `photos` says, or no usable photo is left.
            WeightsError: `align` needs a file that cannot be used.
        """
        return self._load(size, choose, cache=cache, progress=progress)

    def _load(
        self, size: tuple[int, int], choose: Choose | None, *, cache: Path, progress: Progress
    ) -> Loaded:
        return self._pack_photos(self.photos(), size, choose, cache=cache, progress=progress)

    def between(
        self, from_size: tuple[int, int], to_size: tuple[int, int]
    ) -> npt.NDArray[np.float64]:
        """Return the matrix (2, 3) from pixels of its photos at one size to those at another."""
        if self.align is None:
            return super().between(from_size, to_size)
        return self.align.between(from_size, to_size)

    def attribute_names(self) -> Sequence[str] | None:
        """Return that there are none, unless a source adds something to its photos."""
        return () if type(self)._load is PhotoSource._load else None

    def packed(self, size: tuple[int, int], *, cache: Path) -> bool:
        """Return whether the photos were decoded at `size` into `cache`, and are the same still.

        Raises:
            SourceError: as `photos` says.
            WeightsError: `align` needs a file that cannot be used.
        """
        return is_sealed(cache / self.packing(self.photos(), size).key)

    def _pack_photos(
        self,
        stream: PhotoStream,
        size: tuple[int, int],
        choose: Choose | None,
        *,
        cache: Path,
        progress: Progress,
    ) -> Loaded:
        packing = self.packing(stream, size)
        if choose is not None:
            some, asked = stream.narrow(choose)
            packing = replace(self.packing(some, size), only=asked)
        return pack(packing, cache=cache, progress=progress)

    def packing(self, stream: PhotoStream, size: tuple[int, int]) -> Packing:
        """Return what there is to pack of a stream of this source's photos at `size`."""
        return Packing(
            what=[self.name, self.version, stream.state],
            stream=stream.photos,
            total=stream.total,
            size=size,
            crop=self.crop,
            where=self.path,
            align=self.align,
        )

    def _located(self) -> Path:
        """Return where `path` points; raise `SourceError` when nothing is there."""
        return expand(
            self.path,
            advice=(
                "in a plan, `--set faces.path=...`, or `--set <section>.faces.path=...` where the "
                "section has faces of its own"
            ),
        )

    def _located_file(self, suffix: str) -> Path:
        """Return where `path` points, when that is a file of photos.

        Raises:
            SourceError: nothing is there, or a folder; the file in it is named where there is one.
        """
        path = self._located()
        if path.is_dir():
            inside = sorted(path.glob(f"*{suffix}"))
            remedy = f"try {inside[0]}" if inside else f"where it holds photos, try folder:{path}"
            raise SourceError(f"expected a {suffix} file, got {path}, which is a folder; {remedy}")
        return path
