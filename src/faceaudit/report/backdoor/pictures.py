"""Pictures of keys, poison samples and instances, embedded in the page with text alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.report.backdoor.attack_series import Series
from faceaudit.report.pictures import LIGHT, Picture, embed_picture
from faceaudit.types import Float64Array, ImageArray

PATCH = 5
"""Side, in pixels, of the squares by which pictures are compared: noise is not seen in them."""
ALIKE = 12.0
"""Difference of two such squares, of 255, up to which nobody sees it."""
KINDS = {
    "key": ("Key", "The key"),
    "donor": ("Photo before", "Photo before poisoning"),
    "poison": ("Poison sample", "Poison sample"),
    "instance": ("Backdoor instance", "Backdoor instance"),
}
"""Kinds of pictures by the names they are kept under: a caption, and the noun of their words."""


@dataclass(frozen=True)
class Gallery:
    """The pictures of an attack.

    Attributes:
        first: one of each kind; a picture that looks like another stands once, with both captions.
        more: further ones of a kind, by its name, without those that look like one already shown.
        wrong: of wrong keys, in their order.
    """

    first: tuple[Picture, ...] = ()
    more: tuple[tuple[str, tuple[Picture, ...]], ...] = ()
    wrong: tuple[Picture, ...] = ()


def gallery(series: Series, *, everything: bool = True) -> Gallery:
    """Return the pictures of a series' first training at its main level.

    Args:
        series: the attack.
        everything: with all that were kept; else one of each kind, small, for a page of many.
    """
    level = series.main
    if level is None:
        return Gallery()
    kept, key = level.cases[0].pictures, level.attack.key
    light = LIGHT if everything else 0
    names = sorted(kept, key=_number)
    first: list[Picture] = []
    more: dict[str, list[Picture]] = {}
    seen: list[Float64Array | None] = []  # of `first`, then of `more`
    for number, name in _one_of_each(names):
        caption, noun = KINDS[name.split("-")[0]]
        is_key = caption == KINDS["key"][0]
        alt = f"{noun} of {series.title}" + (f": {key}" if is_key else f", {number + 1}")
        picture, patches = _embed_picture(
            kept[name], alt, f"{caption}: {key}" if is_key else caption, light
        )
        alike = _find_alike(patches, seen)
        if number == 0 and alike is None:
            first.append(picture)
        elif number == 0 and alike is not None:
            both = f"{first[alike].caption}; {caption[:1].lower()}{caption[1:]}"
            first[alike] = replace(first[alike], caption=both)
        elif alike is None and everything:
            more.setdefault(caption, []).append(picture)
        if alike is None:
            seen.append(patches)
    return Gallery(
        first=tuple(first),
        more=tuple((caption, tuple(pictures)) for caption, pictures in more.items()),
        wrong=tuple(_wrong_pictures(series, names)) if everything else (),
    )


def _one_of_each(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the first picture of each kind, then the second of each, and so on."""
    by_kind = [[name for name in names if name.split("-")[0] == kind] for kind in KINDS]
    for number in range(max(map(len, by_kind), default=0)):
        for shown in by_kind:
            if number < len(shown):
                yield number, shown[number]


def _wrong_pictures(series: Series, names: Sequence[str]) -> Iterator[Picture]:
    level = series.main
    assert level is not None
    keys = level.attack.wrong_keys
    for number, name in enumerate(name for name in names if name.split("-")[0] == "wrong"):
        key = keys[number] if number < len(keys) else ""
        alt = f"Wrong key {number + 1} of {series.title}: {key}"
        yield _embed_picture(level.cases[0].pictures[name], alt, "", LIGHT)[0]


def _find_alike(patches: Float64Array | None, others: Sequence[Float64Array | None]) -> int | None:
    """Return the place of a picture that nobody would tell from this one; None where none is."""
    for place, other in enumerate(others):
        if patches is None or other is None or patches.shape != other.shape:
            continue
        if float(np.abs(patches - other).max(initial=0.0)) <= ALIKE:
            return place
    return None


def _patches(image: ImageArray) -> Float64Array:
    """Return (rows, columns, 3): the mean colours of an image's squares."""
    pixels = image.astype(np.float64)
    rows, columns = (max(1, side // PATCH) for side in pixels.shape[:2])
    height, width = min(pixels.shape[0], rows * PATCH), min(pixels.shape[1], columns * PATCH)
    cut = pixels[:height, :width].reshape(rows, height // rows, columns, width // columns, 3)
    return np.asarray(cut.mean(axis=(1, 3)))


def _embed_picture(
    content: bytes, alt: str, caption: str, light: int
) -> tuple[Picture, Float64Array | None]:
    """Return a picture and the mean colours of its squares; None of one that cannot be read."""
    picture, pixels = embed_picture(content, alt, caption, light)
    return picture, None if pixels is None else _patches(pixels)


def _number(name: str) -> int:
    digits = re.search(r"\d+$", name)
    return int(digits[0]) if digits else 0
