"""Components as people write them: NAME or NAME:FILE, a mapping, or the component itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import StrPath, shown
from faceaudit.errors import OptionError
from faceaudit.faces.alignment.base import Align, aligners
from faceaudit.faces.sources.base import Source, sources
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.networks.base import Network, networks
from faceaudit.registry import Component

SourceLike = Source | Mapping[str, Any] | StrPath
"""A source of faces: itself, plain values, NAME or NAME:PATH, or a folder of photos by person."""

AlignLike = Align | Mapping[str, Any] | str
"""A way to align: itself, plain values, or NAME or NAME:FILE with its detector's weights."""


def find_source(
    source: SourceLike, *, align: AlignLike | None = None, options: Mapping[str, Any] | None = None
) -> Source:
    """Return a source of faces.

    Args:
        source: a source, plain values as a plan has them, NAME or NAME:PATH, or the path of a
            folder that holds one folder a person.
        align: how the face in each photo is found; what the source says when None.
        options: further options of the source, and of `align` under that name.

    Raises:
        UnknownName: no source has that name.
        OptionError: an option is wrong, or a path is needed and was not given.
    """
    if isinstance(source, Source) and align is None and not options:
        return source
    values = {**_source_values(source), **(options or {})}
    made = sources.get(str(values.get("source")))
    require(made, values, "path", f"{made.name}:PATH")
    if align is not None:
        if not issubclass(made, PhotoSource):
            raise OptionError(
                f"expected a source of photos to align, got {made.name!r}; synthetic faces have "
                "the option aligned=true instead"
            )
        more = values.get("align") or {}
        if not isinstance(more, Mapping) or "align" in more:
            raise OptionError(
                f"expected --align or the source's align, got both {shown(align)} and {more}"
            )
        values["align"] = find_align(align, more)
    return sources.build(values)


def find_align(align: AlignLike, options: Mapping[str, Any] | None = None) -> Align:
    """Return a way to align.

    Args:
        align: itself, plain values as a plan has them, or NAME or NAME:FILE with the weights of
            its detector.
        options: further options.

    Raises:
        UnknownName: no way to align has that name.
        OptionError: an option is wrong, or it needs a file and has none, or the other way round.
    """
    if isinstance(align, Align) and not options:
        return align
    if isinstance(align, str):
        name, _, weights = align.partition(":")
        given: Mapping[str, Any] = {"align": name, **({"weights": weights} if weights else {})}
    elif isinstance(align, Align):
        given = align.spec().as_json()
    elif isinstance(align, Mapping):
        given = align
    else:
        raise OptionError(
            f"expected a way to align, got {shown(align)}; try 'yunet:face_detection_yunet.onnx'"
        )
    values = {**given, **(options or {})}
    if isinstance(values.get("align"), str):
        made = aligners.get(values["align"])
        spelling = f"{made.name}:FILE with the weights of its detector"
        require(made, values, "weights", spelling)
    return aligners.build(values)


def find_network(
    network: Network | Mapping[str, Any] | str, options: Mapping[str, Any] | None = None
) -> Network:
    """Return a network, not yet trained.

    Args:
        network: itself, plain values as a plan has them, NAME, or onnx:FILE.
        options: its options.

    Raises:
        UnknownName: no network has that name.
        OptionError: an option is wrong, or a file is needed and was not given.
    """
    if isinstance(network, Network) and not options:
        return network
    if isinstance(network, str):
        name, colon, path = network.partition(":")
        made = networks.get(name)
        if colon and "path" not in made.model_fields:
            raise OptionError(
                f"expected the name of a network, got {network!r}; try --network {name} "
                f"--weights {path}"
            )
        given: Mapping[str, Any] = {"network": name, **({"path": path} if colon else {})}
        require(made, {**given, **(options or {})}, "path", f"{name}:FILE")
    elif isinstance(network, Network):
        given = network.spec().as_json()
    elif isinstance(network, Mapping):
        given = network
    else:
        raise OptionError(
            f"expected a network's name, got {shown(network)}; try 'iresnet50' or 'onnx:FILE'"
        )
    return networks.build({**given, **(options or {})})


def require(made: type[Component], values: Mapping[str, Any], option: str, spelling: str) -> None:
    """Raise `OptionError` when an option that stands after a colon is needed and was not given."""
    field = made.model_fields.get(option)
    if field is not None and field.is_required() and option not in values:
        raise OptionError(f"expected {spelling}, got {made.name!r} alone; add a colon and the path")


def _source_values(source: object) -> dict[str, Any]:
    """Return a source as plain values, as far as it was given."""
    if isinstance(source, Source):
        return source.spec().as_json()
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, str):
        name, colon, path = source.partition(":")
        if name in sources.names():
            return {"source": name, **({"path": path} if colon else {})}
        if os.sep not in source and not Path(source).expanduser().is_dir():
            return {"source": name}
    if isinstance(source, str | os.PathLike):
        return {"source": "folder", "path": os.fspath(source)}
    raise OptionError(
        f"expected a source of faces, got {shown(source)}; try 'lfw:~/lfw/images', a folder of "
        "photos by person, or 'synthetic'"
    )
