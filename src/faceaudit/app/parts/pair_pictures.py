"""Pairs of photos as pictures, with what they show in words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from faceaudit.app.gallery import picture

if TYPE_CHECKING:
    from faceaudit.types import FaceSet, ImageArray


def pair_of(first: ImageArray, second: ImageArray, alts: tuple[str, str]) -> str:
    """Return two photos side by side.

    Args:
        first: (H, W, 3) uint8 RGB.
        second: likewise.
        alts: what each shows.
    """
    images = "".join(
        f'<img src="{picture(pixels, 160)}" alt="{escape(alt)}">'
        for pixels, alt in zip((first, second), alts, strict=True)
    )
    return f'<div class="pair">{images}</div>'


def pictures(faces: FaceSet, ids: tuple[str, str]) -> tuple[ImageArray, ImageArray] | None:
    """Return the pixels of a pair's photos; None where one is not among the faces."""
    rows = _rows(faces)
    if not all(one in rows for one in ids):
        return None
    first, second = (faces.images[rows[one]] for one in ids)
    return first, second


def listed(items: Iterable[tuple[str, str]]) -> str:
    """Return pairs of photos as a list, each with a line of words below it."""
    return "".join(f"<li>{pair}<p>{words}</p></li>" for pair, words in items).join(
        ('<ul class="pairs">', "</ul>")
    )


@lru_cache(maxsize=4)
def _rows(faces: FaceSet) -> dict[str, int]:
    """Return the row of each photo by its id; only of photos that were prepared."""
    return {id_: row for row, id_ in enumerate(faces.ids)}
