"""Base class of sources of faces, and their registry."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from faceaudit.faces.crop import stretch
from faceaudit.faces.loaded import Loaded, Survey
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry


class Source(Component):
    """A source of faces; everything after it sees only a `FaceSet`.

    Attributes:
        real: whether the photos may show real people, whose faces and names are not for everybody.
        value_names: what the values of its attributes are called, from 0 up.
        divided_by: the attributes by which figures are given unless others are asked for; all that
            make groups where it is empty.
    """

    family: ClassVar[str] = "source"
    real: ClassVar[bool] = True
    value_names: ClassVar[Mapping[str, Sequence[str]]] = {}
    divided_by: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the faces at `size` (height, width), rows sorted by id.

        Args:
            size: height and width in pixels that every photo is brought to.
            cache: folder for packed photos; what is there from an earlier call is used again.
            progress: told how many photos are done.

        Raises:
            SourceError: the source as a whole cannot be used.
        """

    @abstractmethod
    def survey(self) -> Survey:
        """Return how much there is, without reading a photo.

        Raises:
            SourceError: the source as a whole cannot be used.
        """

    def attribute_names(self) -> Sequence[str] | None:
        """Return what attributes its faces have, without reading a photo; None where unknown.

        Raises:
            SourceError: the source as a whole cannot be used.
        """
        return None

    def between(
        self, from_size: tuple[int, int], to_size: tuple[int, int]
    ) -> npt.NDArray[np.float64]:
        """Return the matrix (2, 3) from pixels of its photos at one size to those at another.

        Whole photos are stretched, unless a source says otherwise.
        """
        return stretch(from_size, to_size)

    def packed(self, size: tuple[int, int], *, cache: Path) -> bool:
        """Return whether `load` would find everything in `cache`; False where nobody can tell.

        Raises:
            SourceError: the source as a whole cannot be used.
            WeightsError: the file that faces are found with cannot be used.
        """
        del size, cache
        return False


sources: Registry[Source] = Registry(
    Source,  # type: ignore[type-abstract]
    "faceaudit.faces.sources",
)
