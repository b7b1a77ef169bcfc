"""How `--align` is spelled on every verb that reads photos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceaudit.cli.parsing.options import require

if TYPE_CHECKING:
    from faceaudit.faces.alignment import Align

AlignOption = Annotated[
    str | None,
    typer.Option(
        "--align",
        metavar="NAME[:FILE]",
        help="Find and align the face in each photo, as in yunet:face_detection_yunet.onnx; "
        "further options as in --source align.several=largest.",
        show_default=False,
    ),
]


def parse_align(text: str, more: Mapping[str, Any] | None = None) -> Align:
    """Return the way to align that NAME or NAME:FILE spells; FILE is the detector's weights.

    Args:
        text: as it was typed.
        more: further options.

    Raises:
        UnknownName: no way to align has that name.
        OptionError: it needs a file and has none, or the other way round.
    """
    from faceaudit.faces.alignment import aligners  # noqa: PLC0415 - slow to load

    name, _, weights = text.partition(":")
    values = {"align": name, **({"weights": weights} if weights else {}), **(more or {})}
    require(aligners.get(name), values, "weights", f"{name}:FILE with the weights of its detector")
    return aligners.build(values)
