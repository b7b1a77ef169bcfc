"""Catalog of published weights: origin, licence and digest.

The list is `known.json`. A URL or digest is in it only where it was read at the source or taken
from the file itself; what is not known is null. Without a digest nothing is downloaded.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field

from faceaudit.errors import UnknownName
from faceaudit.registry import Options

Format = Literal["safetensors", "pytorch", "keras", "onnx"]

_URL = Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")]


class KnownWeights(Options):
    """One file of weights that others have published."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="what it is called here")
    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")] | None = Field(
        description="name of the file; none where it is published under several"
    )
    format: Format = Field(description="of the file")
    network: dict[str, Any] | None = Field(
        description="the registered network and its options; none when it embeds no faces"
    )
    url: _URL | None = Field(description="where the file, or an archive of it, is offered")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        description="of the file; none where it is not known"
    )
    size: Annotated[int, Field(gt=0)] | None = Field(description="bytes, where known")
    licence: str = Field(min_length=3, description="what its makers allow")
    trained_on: str = Field(min_length=3, description="the photos it was trained on")
    use: str = Field(min_length=3, description="what it is for")
    source: _URL = Field(description="the page that offers or describes it")


def known_weights() -> tuple[KnownWeights, ...]:
    """Return all known weights, sorted by name."""
    return tuple(_all().values())


def known(name: str) -> KnownWeights:
    """Return the known weights of that name.

    Raises:
        UnknownName: there are none.
    """
    try:
        return _all()[name]
    except KeyError:
        raise UnknownName("file of weights", name, _all()) from None


def known_by_sha256(sha256: str) -> KnownWeights | None:
    """Return the known weights with that digest."""
    return next((entry for entry in known_weights() if entry.sha256 == sha256), None)


@cache
def _all() -> dict[str, KnownWeights]:
    listed = json.loads(files("faceaudit.weights").joinpath("known.json").read_text("utf-8"))
    entries = sorted((KnownWeights(**item) for item in listed), key=lambda entry: entry.name)
    return {entry.name: entry for entry in entries}
