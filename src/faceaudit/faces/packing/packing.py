"""What is to be packed: photos, the size they get, and how the face in each is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from faceaudit.faces.alignment.base import Align
from faceaudit.faces.crop import Crop
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.reading.optional_formats import installed
from faceaudit.registry import digest

PACK_VERSION = 2
"""Format version. Increase it when the same files would give other pixels, ids or groups."""

Stream = Callable[[], Iterable[PhotoFile | LeftOut]]


@dataclass(frozen=True)
class Packing:
    """A set of photos to pack, the size they get, and the part of each that is kept.

    Attributes:
        what: JSON value that changes whenever the photos may, also by a change of the source's
            algorithm; with `size`, `crop` and `align` it makes the key under which they are
            packed.
        stream: gives the photos, in the same order whenever `what` is the same.
        total: how many there are, or None when nobody knows yet.
        size: height and width they are brought to.
        crop: the part of each that is kept.
        where: where they come from, for people to read.
        align: how the face in each is found and brought into place; None keeps the crop.
        only: ids of the photos that are asked for; None asks for all. The faces are then those of
            a packing of all with only these photos, and what is left out is of these alone.
    """

    what: object
    stream: Stream
    total: int | None
    size: tuple[int, int]
    crop: Crop
    where: str
    align: Align | None = None
    only: frozenset[str] | None = None

    @cached_property
    def key(self) -> str:
        """Name of the folder in the cache.

        Raises:
            WeightsError: `align` needs a file that cannot be used.
        """
        align = [] if self.align is None else [self.align.key()]
        only = [] if self.only is None else [["only", sorted(self.only)]]
        read = [PACK_VERSION, list(installed())]
        return digest([read, self.what, list(self.size), self.crop, *align, *only])

    @property
    def whole(self) -> Packing:
        """The packing of all photos."""
        return self if self.only is None else replace(self, only=None)

    @property
    def row_bytes(self) -> int:
        """Bytes of one photo."""
        return self.size[0] * self.size[1] * 3
