"""The protocol of systems that identify people, as audits ask them."""

from __future__ import annotations

from typing import Protocol

from faceaudit.types import FloatArray, ImageArray, IntArray


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
