"""What an inversion gives back."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.errors import InputError
from faceaudit.types import BoolArray, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class Reconstructions:
    """Faces rebuilt of T people, one each.

    Attributes:
        images: (T, H, W, 3) uint8; black where nothing was found.
        solved: (T,) whether the attack gave a face at all. One that was not solved counts as tried
            and as not accepted.
        queries: (T,) how many pictures the attacked system was asked about for each; 0 of an attack
            that asks nothing once it has learned.
    """

    images: ImageArray
    solved: BoolArray
    queries: IntArray

    def __post_init__(self) -> None:
        if not len(self.images) == len(self.solved) == len(self.queries):
            raise InputError(
                f"expected as many pictures as outcomes and queries, got {len(self.images)}, "
                f"{len(self.solved)} and {len(self.queries)}"
            )

    def __len__(self) -> int:
        return len(self.images)
