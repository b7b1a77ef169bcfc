"""The spelling of `--align` on every verb that reads photos."""

from __future__ import annotations

from typing import Annotated

import typer

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
