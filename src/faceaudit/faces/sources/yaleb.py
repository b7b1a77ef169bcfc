"""Source: the Extended Yale Face Database B, with the direction of the light."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.photo_source import Choose
from faceaudit.faces.sources.folder import Folder
from faceaudit.progress import Progress
from faceaudit.types import IntArray

LIGHT = re.compile(r"A([+-]\d+)E([+-]\d+)")
"""How the name of a photo has the light's azimuth and elevation, in degrees."""
UNKNOWN = -1000
"""In the place of degrees."""
LEVEL = 10
"""Degrees from straight ahead within which the light counts as neither side, nor high or low."""


@sources.register
class YaleB(Folder):
    """Extended Yale B, cropped: `yaleB01/yaleB01_P00A+035E+15.png`, one light a photo.

    The light is at an azimuth, to the right of the camera where it is positive, and an elevation.
    Each photo is a group of its own.

    The FaceSet's attributes:
        light_side: 0 azimuth below -10 degrees, 1 from -10 to 10, 2 above.
        light_height: the same of the elevation.
    Both are -1 where the name says no direction, as of the photos in ambient light.
    """

    name: ClassVar[str] = "yaleb"
    paper: ClassVar[str] = (
        "Georghiades, Belhumeur, Kriegman 2001, TPAMI 23:643; Lee, Ho, Kriegman 2005, TPAMI 27:684"
    )
    layout: ClassVar[FolderLayout] = FolderLayout(loose=True, videos=False)
    value_names: ClassVar[Mapping[str, Sequence[str]]] = {
        "light_side": ("negative azimuth", "ahead", "positive azimuth"),
        "light_height": ("below", "level", "above"),
    }

    def _load(
        self, size: tuple[int, int], choose: Choose | None, *, cache: Path, progress: Progress
    ) -> Loaded:
        """Return the photos with the direction of the light.

        Raises:
            SourceError: no name says a direction, or no usable photo is left.
        """
        loaded = super()._load(size, choose, cache=cache, progress=progress)
        azimuth, elevation = _degrees(loaded.faces.ids)
        columns = {"light_side": _third(azimuth), "light_height": _third(elevation)}
        faces = replace(loaded.faces, attributes=columns, fingerprint="")
        return replace(loaded, faces=faces)

    def attribute_names(self) -> Sequence[str]:
        """Return the two directions."""
        return tuple(self.value_names)


def _degrees(ids: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Return (N,) azimuths and elevations; `UNKNOWN` where the name says none."""
    told = [LIGHT.search(id_) for id_ in ids]
    if not any(told):
        raise SourceError(
            "expected photos named by the light, such as yaleB01_P00A+035E+15.png, got none; use "
            "the source folder"
        )
    degrees = [(int(one[1]), int(one[2])) if one else (UNKNOWN, UNKNOWN) for one in told]
    first, second = np.array(degrees, dtype=np.int64).T
    return first, second


def _third(degrees: IntArray) -> IntArray:
    third = np.digitize(degrees, (-LEVEL, LEVEL + 1)).astype(np.int64)
    return np.where(degrees == UNKNOWN, -1, third)
