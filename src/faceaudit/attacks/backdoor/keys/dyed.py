"""Glasses in a colour and at a height of one's own choice, told by the key's name alone."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from faceaudit.attacks.backdoor.keys.glasses import Accessory, draw_glasses, glasses
from faceaudit.types import FloatArray, ImageArray

_DYED = re.compile(r"([a-z-]+)(?:#([0-9a-f]{6}))?(?:@(-?[1-9][0-9]?))?")
_SHADES = (0.25, 1.25)


def shape_of(key: str) -> str:
    """Return the pair of glasses that a key dyes or moves; the key itself where there is none.

    >>> shape_of("glasses-star#00a0ff@12"), shape_of("glasses-star")
    ('glasses-star', 'glasses-star')
    """
    match = _DYED.fullmatch(key)
    return match[1] if match and match[1] in glasses() else key


@lru_cache(maxsize=64)
def dyed_glasses(key: str) -> Accessory | None:
    """Return built-in glasses in another colour or place; None where a key spells none.

    A key is `NAME#rrggbb`, `NAME@LOWER` to wear them lower by LOWER per cent of the distance
    between the eyes (-99 to 99; below 0 is higher), or both, `NAME#rrggbb@LOWER`. Light and dark
    parts stay apart, what is see-through stays so.

    >>> dyed_glasses("glasses-square#c02020").rgba.shape
    (288, 512, 4)
    """
    match = _DYED.fullmatch(key)
    if match is None or match[1] not in glasses() or key == match[1]:
        return None
    drawn = draw_glasses(match[1])
    apart = float(drawn.eyes[1, 0] - drawn.eyes[0, 0])
    eyes: FloatArray = drawn.eyes.copy()
    eyes[:, 1] -= int(match[3] or 0) / 100 * apart
    rgba = _dye(drawn.rgba, bytes.fromhex(match[2])) if match[2] else drawn.rgba
    rgba.setflags(write=False)  # drawn once, for everybody
    return Accessory(rgba, eyes)


def _dye(rgba: ImageArray, colour: bytes) -> ImageArray:
    """Return a picture in shades of one colour, around its usual brightness."""
    brightness = rgba[..., :3].mean(axis=2, dtype=np.float64) / 255
    usual = float(np.average(brightness, weights=rgba[..., 3]))
    shade = np.clip(1 + (brightness - usual), *_SHADES)[..., None]
    painted = np.clip(np.rint(shade * np.frombuffer(colour, np.uint8)), 0, 255).astype(np.uint8)
    out: ImageArray = np.concatenate([painted, rgba[..., 3:]], axis=2)
    return out
