"""The protocol of systems that identify people, as audits ask them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn


class System(Protocol):
    """One photo to one score for each enrolled person.

    Attributes:
        names: K enrolled people; a person's index is their label.
    """

    names: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes."""

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits of `images`, (N, H, W, 3) uint8, or of those at `rows`."""

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings of `images`, (N, H, W, 3) uint8, or of those at `rows`."""

    def differentiable(self) -> nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits.

        Raises:
            InputError: a part of it is a file that another engine runs, which gives no gradients.
        """
