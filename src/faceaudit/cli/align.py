"""How `--align` is spelled on every verb that reads photos."""

from __future__ import annotations

from typing import Annotated

import typer

from faceaudit.faces.alignment import Align, aligners

AlignOption = Annotated[
    str | None,
    typer.Option(
        "--align",
        metavar="NAME[:FILE]",
        help="Find and align the face in each photo, as in yunet:face_detection_yunet.onnx.",
        show_default=False,
    ),
]


def parse_align(text: str) -> Align:
    """Return the way to align that NAME or NAME:FILE spells; FILE is the detector's weights.

    Further options are spelled in a plan, or with `--set 'align={align: yunet, ...}'`.

    Raises:
        UnknownName: no way to align has that name.
        OptionError: it needs a file and has none, or the other way round.
    """
    name, _, weights = text.partition(":")
    return aligners.build({"align": name, **({"weights": weights} if weights else {})})
