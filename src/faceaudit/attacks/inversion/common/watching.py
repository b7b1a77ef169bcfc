"""How somebody looks on while faces are rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from faceaudit.attacks.inversion.generators.base import LatentSpace
from faceaudit.types import FloatArray, ImageArray

Seen = Callable[[int, slice, FloatArray], None]
"""Is told, after so many steps or queries for each, the latents that some of the people have."""


class Watch(Protocol):
    """Looks on; nothing of what is found hangs on it."""

    def __call__(self, done: int, rows: slice, images: Callable[[], ImageArray]) -> None:
        """See how far an attack is.

        Args:
            done: steps, or queries for each template, so far; 0 before the first.
            rows: of which templates.
            images: makes the (R, H, W, 3) pictures that the attack has of them now; pictures that
                nobody asks for are not made.
        """


def seen_by(watch: Watch | None, space: LatentSpace) -> Seen | None:
    """Return what tells somebody who looks on of latents as pictures; None where nobody does."""
    if watch is None:
        return None

    def tell(done: int, rows: slice, latents: FloatArray) -> None:
        watch(done, rows, lambda: space.images(latents))

    return tell
