"""Photos that an evasion attack changes, and what is to rise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaudit.progress import Progress, silent
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Shown:
    """Photos to change, and what is to rise.

    Attributes:
        photos: (N, H, W, 3) uint8.
        score: gives the (n,) scores of pixels (n, H, W, 3) of 0 to 255, of the photos at rows (n,);
            derivatives flow through. To pass as somebody it is likeness; to pass as nobody, its
            opposite.
        progress: told of long work.
    """

    photos: ImageArray
    score: Callable[[Tensor, Tensor], Tensor]
    progress: Progress = silent
