"""Functions of the user's own, asked in batches; what they answer is checked before it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from faceaudit.errors import InputError
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.common.user_object import described
from faceaudit.types import ImageArray, IntArray, pixel_digests

_DIGESTED = 256
"""Photos in memory at once where only their digests are wanted."""

Answers = npt.NDArray[Any]
_TOLERANCE = 1e-3
"""Largest difference between answers about one photo, relative to the largest number."""


@dataclass(frozen=True, eq=False)
class UserFunction:
    """A function from photos, or from two batches of them, to one answer a photo or pair.

    Attributes:
        function: the user's.
        title: for people to read.
        preprocessing: of pixels; None hands over uint8 photos (N, H, W, 3).
        takes: arrays of NumPy or tensors.
        batch: most photos at once.
        device: of tensors.
        progress: told of every photo.
    """

    function: Callable[..., Any]
    title: str
    preprocessing: Preprocessing | None
    takes: Literal["numpy", "torch"]
    batch: int
    device: torch.device
    progress: Progress = silent
    _known: dict[bytes, Answers] = field(default_factory=dict)

    def call(self, *photos: ImageArray) -> Answers:
        """Return what the function answers about one batch, an array with a row for each photo.

        Raises:
            InputError: it fails, or gives something else than one row for each photo.
        """
        given = [self._prepared(images) for images in photos]
        count = len(photos[0])
        try:
            with torch.no_grad():
                answer = self.function(*given)
        except Exception as error:
            shape, kind = tuple(given[0].shape), str(given[0].dtype).removeprefix("torch.")
            raise InputError(
                f"expected {self.title} to answer about {self.takes} {shape} {kind}, got "
                f"{described(error)}; mend it, or say how photos are to be given: size, "
                "preprocessing, takes"
            ) from error
        found = _as_array(answer, self.title)
        if found.ndim == 0 or len(found) != count:
            raise InputError(
                f"expected {self.title} to give an answer for each of {count} photos, got "
                f"{found.shape}; return one row a photo, in their order"
            )
        return found

    def answers(self, images: ImageArray, *sides: IntArray) -> Answers:
        """Return the answers about photos or pairs of them, none of them asked twice.

        Args:
            images: (N, H, W, 3) uint8, a memory map as well.
            sides: (P,) rows of the photos; two of them for pairs.

        Raises:
            InputError: as `call`; or batches have answers of different shapes.
        """
        rows = np.unique(np.concatenate(sides))
        blocks = (images[rows[at : at + _DIGESTED]] for at in range(0, len(rows), _DIGESTED))
        pixels = [each for block in blocks for each in pixel_digests(block)]
        places = [np.searchsorted(rows, side) for side in sides]
        keys = [b"".join(pixels[at] for at in pair) for pair in zip(*places, strict=True)]
        new = {key: at for at, key in enumerate(keys) if key not in self._known}
        asked = np.fromiter(new.values(), dtype=np.int64, count=len(new))
        with self.progress.task(f"asking {self.title}", len(asked)) as advance:
            for start in range(0, len(asked), self.batch):
                block = asked[start : start + self.batch]
                found = self.call(*(np.ascontiguousarray(images[side[block]]) for side in sides))
                self._known.update(zip((keys[at] for at in block), found, strict=True))
                advance(len(block))
        shapes = {self._known[key].shape for key in keys}
        if len(shapes) > 1:
            raise InputError(
                f"expected {self.title} to give answers of one shape, got {sorted(shapes)}; return "
                "as many numbers for each photo"
            )
        return np.stack([self._known[key] for key in keys]) if keys else np.empty((0, 0))

    def trial(self, *photos: ImageArray) -> Answers:
        """Return the answers about the trial photos, the same alone and together.

        Raises:
            InputError: as `call`; or a photo is answered otherwise when it is asked about again.
        """
        count = len(photos[0])
        together = self.call(*photos) if self.batch > 1 else self._one_by_one(photos)
        alone = self._one_by_one(photos)
        if together.shape != alone.shape or not _alike(together, alone):
            what = "beside others" if self.batch > 1 else "a second time"
            remedy = (
                "put a module in evaluation mode, or say batch: 1"
                if self.batch > 1
                else "take out what is random in it"
            )
            raise InputError(
                f"expected {self.title} to answer the same about a photo whenever it is asked, got "
                f"another answer {what} ({_difference(together, alone)}, {count} photos); {remedy}"
            )
        return together

    def _one_by_one(self, photos: Sequence[ImageArray]) -> Answers:
        parts = [
            self.call(*(images[row : row + 1] for images in photos))
            for row in range(len(photos[0]))
        ]
        if len({part.shape for part in parts}) > 1:
            raise InputError(
                f"expected {self.title} to give answers of one shape, got "
                f"{[part.shape for part in parts]}; return as many numbers for each photo"
            )
        return np.concatenate(parts)

    def _prepared(self, images: ImageArray) -> Any:
        images = images.copy()  # whatever a function does to it, photos stay as they are
        if self.preprocessing is None:
            tensor = torch.from_numpy(images)
        else:
            tensor = self.preprocessing.apply(torch.from_numpy(images)).contiguous()
        return tensor.numpy() if self.takes == "numpy" else tensor.to(self.device)


def _as_array(answer: object, title: str) -> Answers:
    if isinstance(answer, torch.Tensor):
        tensor = answer.detach().cpu()
        # A copy: what was returned may be a buffer that the next answer is written into.
        return (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy().copy()
    try:
        found = np.array(answer)
    except (ValueError, TypeError):
        found = np.array(None)
    if found.dtype.kind not in "iufb":
        kind = type(answer).__name__
        what = f"{kind} of {found.dtype}" if found.dtype.kind in "USO" and found.ndim else kind
        raise InputError(
            f"expected {title} to return numbers as one array or tensor, got {what}; return "
            "embeddings or scores as floats, or labels as whole numbers"
        )
    return found


def _alike(one: Answers, other: Answers) -> bool:
    if one.dtype.kind != "f" or other.dtype.kind != "f":
        return one.dtype.kind == other.dtype.kind and bool((one == other).all())
    finite = np.abs(one[np.isfinite(one)])
    off = _TOLERANCE * float(finite.max(initial=0))
    return bool(np.allclose(one, other, rtol=0, atol=off, equal_nan=True))


def _difference(one: Answers, other: Answers) -> str:
    if one.shape != other.shape:
        return f"{one.shape} and {other.shape}"
    if one.dtype.kind != "f":
        return f"{one.ravel()[:4].tolist()} and {other.ravel()[:4].tolist()}"
    with np.errstate(invalid="ignore"):
        return f"up to {float(np.nanmax(np.abs(one - other))):.3g} apart"
