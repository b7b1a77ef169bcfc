"""`faceaudit verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import say, use_all_cores, write_json
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption

if TYPE_CHECKING:
    from faceaudit.systems.verifiers.photos import Face, PreparedPhoto
    from faceaudit.systems.verifiers.verifier import Verifier

POINTS = ("eye at the left", "eye at the right", "nose", "mouth at the left", "mouth at the right")

Photo = Annotated[Path, typer.Argument(metavar="PHOTO", help="BMP, GIF, JPEG, PNG, PPM or WebP.")]


def verify(
    first: Photo,
    second: Photo,
    verifier: Annotated[
        Path,
        typer.Option("--verifier", metavar="FILE", help="What `train-verifier` wrote."),
    ] = Path("verifier.safetensors"),
    align: AlignOption = None,
    align_set: Annotated[
        list[str] | None,
        typer.Option(
            "--align-set",
            metavar="OPTION=VALUE",
            help="An option of the way to align, other than in the training, as in "
            "several=largest.",
            show_default=False,
        ),
    ] = None,
    backbone: Annotated[
        list[Path] | None,
        typer.Option(
            "--backbone",
            metavar="FILE",
            help="The ONNX file of a network that the verifier was trained with.",
            show_default=False,
        ),
    ] = None,
    fmr: Annotated[
        str | None,
        typer.Option(
            "--fmr",
            metavar="RATE",
            help="Decide at the threshold for this false match rate, as in 0.1% or 0.001; of those "
            "that the verifier keeps.",
            show_default=False,
        ),
    ] = None,
    json_: options.JsonOption = None,
) -> None:
    """Tell whether two photos show one person, and where the face in each was found.

    The status is 0 whatever the decision, and 2 when there is none.
    """
    from faceaudit.api.rates import find_rate, percent  # noqa: PLC0415 - not needed for help
    from faceaudit.api.verifiers import load_verifier  # noqa: PLC0415 - slow to load
    from faceaudit.api.verifiers import verify as verify_photos  # noqa: PLC0415
    from faceaudit.faces.alignment.base import aligners  # noqa: PLC0415

    more = options.parse_values(align_set, "--align-set", "several=largest", model=aligners.base)
    rate = None if fmr is None else find_rate(fmr, "--fmr")
    asked = load_verifier(verifier, align=align, backbones=backbone or (), **more)
    use_all_cores()
    found = verify_photos(first, second, verifier=asked, fmr=rate)
    if json_ is not None:
        write_json(json_, found.as_json())
    say(f"score: {found.score:.4f}")
    at = "" if rate is None else f", for a false match rate of {percent(rate)}"
    say(f"threshold: {found.threshold:g}{at}")
    say(f"decision: {found.words}")
    for name, photo in zip(found.names, found.photos, strict=True):
        for line in _words(asked, photo):
            say(f"{name}: {line}")


def _words(verifier: Verifier, photo: PreparedPhoto) -> list[str]:
    height, width = photo.size
    lines = [f"{width} x {height} pixels, {_place(verifier, photo.face)}"]
    if photo.face is not None:
        lines.append(
            ", ".join(
                f"{what} {x:.0f} {y:.0f}"
                for what, (x, y) in zip(POINTS, photo.face.landmarks.tolist(), strict=True)
            )
        )
    return [*lines, photo.note] if photo.note else lines


def _place(verifier: Verifier, face: Face | None) -> str:
    """Return where the face was found, or which part of the photo was taken, in words."""
    if face is not None:
        left, top, wide, high = face.box.tolist()
        return (
            f"face at left {left:.0f}, top {top:.0f}, {wide:.0f} x {high:.0f}, certainty "
            f"{face.certainty:.2f}"
        )
    crop = verifier.crop
    if verifier.align is not None and verifier.align.name == "central":
        return "central crop, no face was looked for"
    if isinstance(crop, tuple):
        top, left, bottom, right = (f"{edge:.0%}" for edge in crop)
        kept = f"crop from {top} to {bottom} of its height and {left} to {right} of its width"
    else:
        kept = f"central crop of {crop:.0%}"
    return (
        f"{kept}, no face was looked for" if verifier.align is None else kept
    )  # the note says why
