"""Training photos: labelled rows of arrays that are never copied whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")


@dataclass(frozen=True, eq=False)
class TrainingPhotos:
    """Labelled rows of one or more image arrays, without a copy of any.

    A poisoned training set is the clean array with its rows, and the small array of poison samples.

    Attributes:
        arrays: (M, H, W, 3) uint8 each, memory maps as well; or (M, E) float32 each, where the
            embeddings of photos stand for the photos.
        array: (N,) which array a photo is in.
        row: (N,) its row there.
        label: (N,) its label.
        mirror: (N,) bool, whether its mirror image is meant; None means none.
    """

    arrays: tuple[ImageArray, ...] | tuple[FloatArray, ...]
    array: IntArray
    row: IntArray
    label: IntArray
    mirror: BoolArray | None = None

    def __post_init__(self) -> None:
        if not len(self.array) == len(self.row) == len(self.label):
            raise InputError("expected as many arrays, rows and labels as photos")
        if self.mirror is not None and len(self.mirror) != len(self.row):
            raise InputError(f"expected {len(self.row)} values in mirror, got {len(self.mirror)}")
        if len({images.shape[1:] for images in self.arrays}) > 1:
            raise InputError(
                f"expected photos of one size, got {[a.shape[1:] for a in self.arrays]}"
            )

    @classmethod
    def of(cls, *parts: tuple[ImageArray | FloatArray, IntArray, IntArray]) -> TrainingPhotos:
        """Join (images, rows, labels) parts."""
        counts = [len(rows) for _, rows, _ in parts]
        return cls(
            arrays=tuple(images for images, _, _ in parts),  # type: ignore[arg-type]
            array=np.repeat(np.arange(len(parts)), counts),
            row=np.concatenate([rows for _, rows, _ in parts]).astype(np.int64),
            label=np.concatenate([labels for _, _, labels in parts]).astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.row)

    def with_mirrored(self) -> TrainingPhotos:
        """Return these photos, and after them the mirror image of each."""
        mirror = np.repeat([False, True], len(self))
        array, row, label = (np.tile(column, 2) for column in (self.array, self.row, self.label))
        return TrainingPhotos(self.arrays, array, row, label, mirror)

    def gather(self, order: IntArray) -> tuple[Tensor, Tensor]:
        """Return (B, H, W, 3) images or (B, E) embeddings, and (B,) labels, at `order`.

        NumPy copies them: torch would start threads of its own in whichever thread calls this, and
        those would take the cores from the one that learns.
        """
        labels = torch.from_numpy(self.label[order])
        array, row = self.array[order], self.row[order]
        images = np.empty((len(order), *self.arrays[0].shape[1:]), dtype=self.arrays[0].dtype)
        for part in np.unique(array):
            here = np.flatnonzero(array == part)
            images[here] = self.arrays[part][row[here]]
        if self.mirror is not None:
            mirrored = np.flatnonzero(self.mirror[order])
            images[mirrored] = images[mirrored][:, :, ::-1]
        return torch.from_numpy(images), labels


def epoch_order(
    label: IntArray,
    rng: np.random.Generator,
    *,
    balanced: bool = False,
    per_person: int | None = None,
) -> IntArray:
    """Draw the order in which an epoch shows photos: each once, or every person equally often.

    In a balanced epoch each person's photos are shuffled and taken in turn, from the start again
    when there are fewer than `per_person`; so no photo comes twice before all of that person's
    came once. A person with more photos than that, such as a target with many poison samples,
    shows only some of them.

    Args:
        label: (N,) labels, every one with at least one photo or absent altogether.
        rng: draws the order.
        balanced: whether every person is shown equally often.
        per_person: photos of each person in a balanced epoch; None means the median number that a
            person has.

    Returns:
        (N,) indices into `label`, or (people * per_person,) when balanced, shuffled.
    """
    shuffled = rng.permutation(len(label))
    if not balanced:
        return shuffled
    shuffled = shuffled[np.argsort(label[shuffled], kind="stable")]
    _, start, count = np.unique(label[shuffled], return_index=True, return_counts=True)
    shown = per_person or int(np.median(count))
    turns = start[:, None] + np.arange(shown)[None, :] % count[:, None]
    return rng.permutation(shuffled[turns.ravel()])
