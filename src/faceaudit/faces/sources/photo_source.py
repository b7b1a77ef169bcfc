"""The options of every source that reads photos."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from faceaudit.faces.alignment import Align, aligners
from faceaudit.faces.crop import Crop
from faceaudit.faces.sources.base import Source


def _built(value: object) -> object:
    return value if value is None else aligners.build(value)  # type: ignore[arg-type]


def _plain(align: Align | None) -> dict[str, Any] | None:
    return None if align is None else align.spec().as_json()


class PhotoSource(Source):
    """A source of photos: which part of each is kept, or how the face in it is aligned."""

    crop: Crop = Field(
        1.0,
        description="the part of each photo that is kept, stretched to the size asked for: a "
        "central fraction of height and width, or [top, left, bottom, right] fractions",
    )
    align: Annotated[Align | None, BeforeValidator(_built), PlainSerializer(_plain)] = Field(
        None, description="how the face in each photo is found and aligned; none keeps the crop"
    )
