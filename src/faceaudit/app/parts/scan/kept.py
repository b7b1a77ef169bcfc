"""A scan as plain values: kept in a file, or handed from one process to another."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from faceaudit.types import Estimate, Figure, ImageArray

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan


def pack(found: IdentifierScan) -> dict[str, Any]:
    """Return a scan as values that JSON knows, pictures in base64."""
    return {
        "facts": found.facts.as_json(),
        "figures": [asdict(one) for one in found.figures],
        "pictures": {name: _packed(picture) for name, picture in found.pictures.items()},
        "pictured_by": dict(found.pictured_by),
        "ground": None if found.ground is None else _packed(found.ground),
    }


def unpack(values: Mapping[str, Any]) -> IdentifierScan:
    """Return the scan that was packed.

    Raises:
        KeyError, TypeError, ValueError: the values are of something else.
    """
    from faceaudit.api.scan import IdentifierScan  # noqa: PLC0415 - slow to load
    from faceaudit.records.scan import ScanFacts  # noqa: PLC0415

    return IdentifierScan(
        facts=ScanFacts(**values["facts"]),
        figures=tuple(_figure(one) for one in values["figures"]),
        pictures={name: _unpacked(text) for name, text in values["pictures"].items()},
        pictured_by=dict(values["pictured_by"]),
        ground=None if values["ground"] is None else _unpacked(values["ground"]),
    )


def _figure(values: Mapping[str, Any]) -> Figure:
    estimate = values["estimate"]
    known = None if estimate is None else Estimate(**estimate)
    return Figure(values["metric"], known, values["why_none"])


def _packed(picture: ImageArray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _unpacked(text: str) -> ImageArray:
    with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as image:
        return np.array(image.convert("RGB"))
