"""The catalog of keys: built-in and user's patterns and accessories, by name."""

from __future__ import annotations

import re
from itertools import count as count_up
from itertools import islice

import numpy as np

from faceaudit.attacks.backdoor.keys.cartoons import cartoons, draw_cartoon
from faceaudit.attacks.backdoor.keys.dyed import dyed_glasses, shape_of
from faceaudit.attacks.backdoor.keys.files import accessory_file, is_path, pattern_file, require
from faceaudit.attacks.backdoor.keys.glasses import Accessory, draw_glasses, glasses
from faceaudit.errors import InputError, UnknownName
from faceaudit.types import ImageArray

# One spelling a seed, so that two names are never one picture.
_RANDOM = re.compile(r"random-(0|[1-9][0-9]{0,17})")
_LISTED_SEEDS = 6


def patterns() -> tuple[str, ...]:
    """Return the names of patterns: all cartoons, and the first of the random ones.

    Any "random-<seed>" is a pattern, with a seed of up to 18 digits.
    """
    return cartoons() + tuple(f"random-{seed}" for seed in range(_LISTED_SEEDS))


def pattern(key: str, size: tuple[int, int]) -> ImageArray:
    """Return a picture to blend over photos, as Chen et al. 2017 (arXiv 1712.05526) do.

    A cartoon is drawn for `size` at any aspect. A random pattern has independent uniform values a
    pixel and channel, drawn for `size` from its seed. The paper's own cartoon is a trademark and
    its random pattern was not published; these are ours.

    Args:
        key: a name, or the path of the user's own PNG or JPEG, which is turned upright and
            resized to `size` whatever its aspect.
        size: height and width in pixels.

    Returns:
        (H, W, 3) uint8 RGB, the same bytes every time.

    Raises:
        UnknownName: there is no such pattern.
        InputError: the file is missing or cannot be used, or the size is not positive.

    >>> pattern("cartoon-cat", (55, 47)).shape
    (55, 47, 3)
    """
    if min(size) < 1:
        raise InputError(f"expected a height and a width of at least 1 pixel, got {size}")
    if key in cartoons():
        return draw_cartoon(key, size)
    if match := _RANDOM.fullmatch(key):
        rng = np.random.default_rng(int(match[1]))
        return rng.integers(0, 256, size=(*size, 3), dtype=np.uint8)
    if is_path(key):
        return pattern_file(key, size)
    raise UnknownName("key", key, (*patterns(), "random-<seed>"))


def accessories() -> tuple[str, ...]:
    """Return the names of all accessories."""
    return glasses()


def accessory(key: str) -> Accessory:
    """Return something to wear, as Chen et al. 2017 (arXiv 1712.05526) have photos wear glasses.

    "glasses-square" (black frame) and "sunglasses-wayfarer" (purple) are nearest to the paper's.

    Args:
        key: a name; a name in a colour of one's own and lower by per cent of the distance between
            the eyes, as in "glasses-star#00a0ff@12"; or the path of the user's own PNG with alpha,
            whose eyes are taken at 0.27 and 0.73 of its width and half of its height: cut it close
            around the glasses.

    Raises:
        UnknownName: there is no such accessory.
        InputError: the file is missing or cannot be used.
    """
    if key in glasses():
        return draw_glasses(key)
    if (dyed := dyed_glasses(key)) is not None:
        return dyed
    if is_path(key):
        return accessory_file(key)
    raise UnknownName("key", key, glasses())


def wrong_patterns(key: str, count: int = 5) -> tuple[str, ...]:
    """Return keys that an attack with `key` must not answer to, to test it against.

    They are of the same kind: other cartoons for a cartoon, other seeds for a random pattern, and
    cartoons for the user's own picture. The same `key` and `count` always give the same.

    Raises:
        UnknownName: there is no such pattern.
        InputError: there are not so many others, or the user's file is missing.

    >>> wrong_patterns("random-1", 3)
    ('random-0', 'random-2', 'random-3')
    """
    if _RANDOM.fullmatch(key):
        seeds = (f"random-{seed}" for seed in count_up())
        _at_least_none(count)
        return tuple(islice((other for other in seeds if other != key), count))
    return _others(key, cartoons(), count, known=(*patterns(), "random-<seed>"))


def wrong_accessories(key: str, count: int = 5) -> tuple[str, ...]:
    """Return accessories that an attack with `key` must not answer to, to test it against.

    The same `key` and `count` always give the same built-in accessories, never `key`, nor the
    glasses that it dyes.

    Raises:
        UnknownName: there is no such accessory.
        InputError: there are not so many others, or the user's file is missing.
    """
    return _others(shape_of(key), glasses(), count, known=glasses())


def _others(
    key: str, built_in: tuple[str, ...], count: int, *, known: tuple[str, ...]
) -> tuple[str, ...]:
    if key not in built_in:
        if not is_path(key):
            raise UnknownName("key", key, known)
        require(key)
    _at_least_none(count)
    start = built_in.index(key) + 1 if key in built_in else 0
    # From the key on and around, so that keys next to each other do not share all of theirs.
    around = (*built_in[start:], *built_in[:start])
    others = tuple(name for name in around if name != key)
    if count > len(others):
        raise InputError(
            f"expected at most {len(others)} wrong keys for {key!r}, got {count}; try fewer"
        )
    return others[:count]


def _at_least_none(count: int) -> None:
    if count < 0:
        raise InputError(f"expected a number of wrong keys from 0, got {count}; try 5")
