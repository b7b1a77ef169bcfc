"""`faceaudit verify`."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceaudit.cli.console import out, use_all_cores
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption, parse_align
from faceaudit.errors import OptionError, PhotoError, WeightsError

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
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Tell whether two photos show one person, and where the face in each was found.

    The status is 0 whatever the decision, and 2 when there is none.
    """
    asked = _load(verifier, align, align_set, backbone)
    photos = [_prepared(asked, path) for path in (first, second)]
    one, two = (photo.images for photo in photos)
    scores = asked.score(one, two)
    score, same = float(scores[0]), bool(asked.accepts(scores)[0])
    if json_:
        found = {
            "score": score,
            "threshold": asked.threshold,
            "same_person": same,
            "photos": [
                {"path": str(path), **_as_json(photo)}
                for path, photo in zip((first, second), photos, strict=True)
            ],
        }
        typer.echo(json.dumps(found, indent=1, allow_nan=False))
        return
    _say(f"score: {score:.4f}")
    _say(f"threshold: {asked.threshold:g}")
    _say(f"decision: {'same person' if same else 'two people'}")
    for path, photo in zip((first, second), photos, strict=True):
        for line in _words(asked, photo):
            _say(f"{path}: {line}")


def _load(
    path: Path, align: str | None, align_set: list[str] | None, files: list[Path] | None
) -> Verifier:
    """Return the verifier, and how the faces are found as it was trained unless told otherwise."""
    import torch  # noqa: PLC0415 - slow to load

    from faceaudit.faces.alignment import aligners  # noqa: PLC0415
    from faceaudit.systems.verifiers.file import load_verifier, read_description  # noqa: PLC0415

    if not path.expanduser().is_file():
        raise WeightsError(
            f"expected a verifier, got {path}, {'a folder' if path.is_dir() else 'nothing there'}; "
            "check the path, or write one with `faceaudit train-verifier` and give --verifier FILE"
        )
    use_all_cores()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    more = options.parse_values(align_set, "--align-set", "several=largest")
    trained = read_description(path).align
    detector, own = None, None
    if trained is None:
        if align is not None:  # photos that were aligned before, asked about ones that are not
            own = parse_align(align, more)
        elif more:
            raise OptionError(
                f"expected --align NAME:FILE with --align-set, got none: {path} was trained on "
                "photos that were not aligned here"
            )
    elif align is not None:
        name, _, weights = align.partition(":")
        if name != trained.get("align"):
            raise OptionError(
                f"expected --align {trained.get('align')}, as {path} was trained, got {name!r}"
            )
        detector = weights or None
    loaded = load_verifier(path, files=files or (), detector=detector, device=device)
    if trained is not None and more and loaded.align is not None:
        own = aligners.build({**loaded.align.spec().as_json(), **more})
    return loaded if own is None else replace(loaded, align=own)


def _prepared(verifier: Verifier, path: Path) -> PreparedPhoto:
    """Return a photo as the backbones take it; what is wrong is said with its name."""
    from faceaudit.faces.reading.layout import read_file, reason_of  # noqa: PLC0415 - slow to load

    try:
        there = path.expanduser().resolve()
        if not there.is_file():
            raise PhotoError(
                f"expected a photo, got {'a folder' if there.is_dir() else 'nothing there'}; check "
                "the path"
            )
        data = read_file(os.fsencode(there), there.stat().st_size)
        return verifier.prepare(data)
    except (PhotoError, OSError) as error:
        reason = reason_of(error)
        raise PhotoError(f"{path}: {reason}{_remedy(reason)}") from None


def _remedy(reason: str) -> str:
    if ";" in reason:
        return ""
    if reason.startswith("expected a face"):
        return (
            "; try a larger or less turned face, --align-set threshold=0.3, or "
            "--align-set no_face=crop"
        )
    if reason.startswith("expected one face"):
        return "; try --align-set several=largest, or a photo of one person"
    return "; try another photo"


def _as_json(photo: PreparedPhoto) -> dict[str, Any]:
    face = photo.face
    found = None
    if face is not None:
        found = {
            "box": [round(float(value), 2) for value in face.box],
            "landmarks": [[round(float(value), 2) for value in point] for point in face.landmarks],
            "certainty": round(face.certainty, 4),
            "among": face.among,
        }
    height, width = photo.size
    return {"height": height, "width": width, "face": found, "note": photo.note}


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


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
