"""Verifiers: load one, and ask it whether two photos show one person."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.api.arguments import StrPath, check_image, path_of, shown
from faceaudit.api.rates import RateLike, find_rate, strangers_accepted
from faceaudit.api.spelling import AlignLike, find_align
from faceaudit.api.training import TrainedVerifier
from faceaudit.errors import InputError, OptionError, PhotoError, WeightsError
from faceaudit.faces.alignment.base import Align, aligners
from faceaudit.faces.reading.layout import read_file, reason_of
from faceaudit.metrics import OperatingPoint
from faceaudit.systems.verifiers.file import load_verifier as read_verifier
from faceaudit.systems.verifiers.file import read_description
from faceaudit.systems.verifiers.photos import Face, PreparedPhoto
from faceaudit.systems.verifiers.verifier import Verifier
from faceaudit.training.device import choose_device
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import torch

PhotoLike = StrPath | ImageArray
"""A photo: a file, or its pixels (H, W, 3) uint8 RGB."""

VerifierLike = Verifier | TrainedVerifier | StrPath
"""A verifier, or the file of one."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a verifier says of two photos.

    Attributes:
        score: the probability that both show one person.
        threshold: the score from which on the verifier accepts.
        same_person: whether it accepts.
        photos: both photos as the verifier saw them: `size`, `face` and `note` of each.
        names: of the photos.
        verifier: the one that was asked.
        point: the threshold for the false match rate that was asked for, with both errors; None
            where none was asked for.
    """

    score: float
    threshold: float
    same_person: bool
    photos: tuple[PreparedPhoto, PreparedPhoto]
    names: tuple[str, str]
    verifier: Verifier
    point: OperatingPoint | None = None

    @property
    def words(self) -> str:
        """What was decided, in words; with a false match rate also of how many strangers it is."""
        if self.point is None or self.point.fmr is None:
            return "same person" if self.same_person else "two people"
        decision = "accepted" if self.same_person else "not accepted"
        return f"{decision}; {strangers_accepted(self.point.fmr)}"

    @property
    def faces(self) -> tuple[Face | None, Face | None]:
        """Where the face in each photo was found; None where none was looked for, or found."""
        return self.photos[0].face, self.photos[1].face

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        photos = zip(self.names, self.photos, strict=True)
        return {
            "score": self.score,
            "threshold": self.threshold,
            "same_person": self.same_person,
            "fmr": None if self.point is None else asdict(self.point),
            "photos": [{"path": name, **_photo_values(photo)} for name, photo in photos],
        }


def load_verifier(
    path: StrPath = "verifier.safetensors",
    *,
    align: AlignLike | None = None,
    backbones: Sequence[StrPath] = (),
    device: str | torch.device = "auto",
    **align_options: Any,
) -> Verifier:
    """Read a verifier from its file; it scores as the one that was saved.

    Args:
        path: what `train_verifier(...).save(path)` or `faceaudit train-verifier` wrote.
        align: how the face in a photo is found: "NAME:FILE" with the detector's weights, where the
            verifier was trained so; any way, where it was trained on photos that were aligned
            before; None for the photo as it is.
        backbones: the ONNX files of networks that the verifier was trained with.
        device: "cpu", "cuda" or a torch device; a GPU where there is one when "auto".
        align_options: options of the way to align other than in the training, as in
            `several="largest"`.

    Returns:
        A `Verifier`: `score` and `accepts` for many pairs; `verify` asks it about two photos.

    Raises:
        WeightsError: the file is not there, is none of a verifier, or is broken; or files that it
            needs are missing or others.
        OptionError: another way to align than in the training.
        InputError: no device, or CUDA was asked for where there is none.

    Example:
        ::

            verifier = faceaudit.load_verifier("verifier.safetensors", align="yunet:yunet.onnx")
    """
    file = path_of(path, "a verifier")
    if not file.is_file():
        raise WeightsError(
            f"expected a verifier, got {path}, {_what_is_there(file)}; "
            "check the path, or write one with `faceaudit train-verifier` and give --verifier FILE"
        )
    if isinstance(backbones, str) or not isinstance(backbones, Sequence):
        raise InputError(
            f"expected a list of files of backbones, got {shown(backbones)}; try backbones=[...]"
        )
    files = [path_of(one, "the file of a backbone") for one in backbones]
    trained = read_description(file).align
    given = {} if align is None else _align_values(align)
    own: Align | None = None
    if trained is None and align is not None:  # trained on photos that were aligned before
        own = find_align(align, align_options)
    elif trained is None and align_options:
        raise OptionError(
            f"expected --align NAME:FILE with --align-set, got none: {path} was trained on "
            "photos that were not aligned here"
        )
    elif trained is not None and align is not None and given["align"] != trained.get("align"):
        raise OptionError(
            f"expected --align {trained.get('align')}, as {path} was trained, got "
            f"{given['align']!r}"
        )
    detector = None if trained is None else given.get("weights")
    loaded = read_verifier(file, files=files, detector=detector, device=choose_device(device))
    changed = {key: given[key] for key in given if key not in ("align", "weights")} | align_options
    if trained is not None and changed and loaded.align is not None:
        own = aligners.build({**loaded.align.spec().as_json(), **changed})
    return loaded if own is None else replace(loaded, align=own)


def verify(
    first: PhotoLike,
    second: PhotoLike,
    *,
    verifier: VerifierLike = "verifier.safetensors",
    fmr: RateLike | None = None,
) -> Verdict:
    """Tell whether two photos show one person, and where the face in each was found.

    Args:
        first: a file (BMP, GIF, JPEG, PNG, PPM or WebP), or pixels (H, W, 3) uint8 RGB, upright.
        second: the other photo.
        verifier: a verifier or its file; `load_verifier` has options for how faces are found.
        fmr: the false match rate to decide at, as in "0.1%" or 0.001, of those that the verifier
            keeps a threshold for; at its own threshold when None.

    Returns:
        The `score`, the `threshold`, whether it is the `same_person`, and the `faces`; with `fmr`
        also the `point`, which says how many strangers are accepted there.

    Raises:
        OptionError: the verifier keeps no threshold for that rate.
        PhotoError: a photo cannot be read, or no face in it can be used.
        InputError: pixels of another shape or type.
        WeightsError: the verifier cannot be read.

    Example:
        ::

            found = faceaudit.verify("a.jpg", "b.jpg", verifier="verifier.safetensors")
            print(found.same_person, found.score, found.threshold)
    """
    for photo in (first, second):
        if not isinstance(photo, str | os.PathLike):
            check_image(photo)
    if isinstance(verifier, TrainedVerifier):
        verifier = verifier.verifier
    asked = verifier if isinstance(verifier, Verifier) else load_verifier(verifier)
    point = None if fmr is None else asked.point_at(find_rate(fmr))
    one, two = _prepare(asked, first), _prepare(asked, second)
    scores = asked.score(one.images, two.images)
    return Verdict(
        float(scores[0]),
        asked.threshold if point is None or point.threshold is None else point.threshold,
        bool(asked.accepts(scores, point)[0]),
        (one, two),
        (_name_of(first), _name_of(second)),
        asked,
        point,
    )


def _prepare(verifier: Verifier, photo: PhotoLike) -> PreparedPhoto:
    """Return a photo as the backbones take it; what is wrong is said with its name."""
    try:
        if isinstance(photo, np.ndarray):
            return verifier.prepare(np.ascontiguousarray(photo))
        there = path_of(photo, "a photo").resolve()
        if not there.is_file():
            raise PhotoError(f"expected a photo, got {_what_is_there(there)}; check the path")
        return verifier.prepare(read_file(os.fsencode(there), there.stat().st_size))
    except (PhotoError, OSError) as error:
        reason = reason_of(error)
        raise PhotoError(f"{_name_of(photo)}: {reason}{_remedy(reason)}") from None


def _name_of(photo: PhotoLike) -> str:
    return shown(photo) if isinstance(photo, np.ndarray) else str(photo)


def _what_is_there(path: Path) -> str:
    return "a folder" if path.is_dir() else "nothing there"


def _remedy(reason: str) -> str:
    if ";" in reason:
        return ""
    if reason.startswith("expected a face"):
        return (
            "; try a larger or less turned face, or threshold=0.3 or no_face=crop for the way to "
            "align (--align-set)"
        )
    if reason.startswith("expected one face"):
        return "; try several=largest for the way to align (--align-set), or another photo"
    return "; try another photo"


def _align_values(align: AlignLike) -> dict[str, Any]:
    """Return a way to align as plain values, as far as it was given."""
    if isinstance(align, Align):
        return align.spec().as_json()
    if isinstance(align, Mapping):
        return {"align": None, **align}
    if isinstance(align, str):
        name, _, weights = align.partition(":")
        return {"align": name, **({"weights": weights} if weights else {})}
    raise OptionError(
        f"expected a way to align, got {shown(align)}; try 'yunet:face_detection_yunet.onnx'"
    )


def _photo_values(photo: PreparedPhoto) -> dict[str, Any]:
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
