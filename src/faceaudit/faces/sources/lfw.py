"""Source: Labeled Faces in the Wild."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.faces.crop import Crop
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.folder import Folder


@sources.register
class Lfw(Folder):
    """Labeled Faces in the Wild: `Person_Name/Person_Name_0001.jpg`, any of its alignments.

    Each photo is a group of its own. The crop fits the deep-funneled images, where the face is in
    the middle: its 130 x 110 of 250 x 250 pixels span forehead to chin and have the shape of the
    55 x 47 pixels of DeepID, so that nothing is stretched there. A `minimum` of 20 keeps 62 people,
    1 all 5,749.
    """

    name: ClassVar[str] = "lfw"
    paper: ClassVar[str] = (
        "Huang, Ramesh, Berg, Learned-Miller 2007 (UMass Amherst, Technical Report 07-49)"
    )
    layout: ClassVar[FolderLayout] = FolderLayout(loose=True, videos=False)

    crop: Crop = Field(
        (0.24, 0.28, 0.76, 0.72),
        description="the part of each photo that is kept, stretched to the size asked for: a "
        "central fraction of height and width, or [top, left, bottom, right] fractions",
    )
