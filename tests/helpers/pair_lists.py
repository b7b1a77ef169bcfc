"""Lists of members and non-members made for tests of the gate."""

from __future__ import annotations

import numpy as np

from faceaudit.gate.lists import PairList, by_name


def made(
    rng: np.random.Generator,
    count: int,
    people: range,
    *,
    photos: int = 9,
    genuine: float = 0.5,
    name: str = "p",
) -> PairList:
    """Return pairs of photos drawn at random, `p7_0003` being one of person 7."""
    first = rng.integers(people.start, people.stop, count)
    same = rng.random(count) < genuine
    step = rng.integers(1, len(people), count)
    second = np.where(same, first, (first - people.start + step) % len(people) + people.start)
    one = rng.integers(1, photos + 1, count)
    two = np.where(same, one % photos, rng.integers(0, photos, count)) + 1
    sides = ((first, one), (second, two))
    names = [[f"{name}{a}_{b:04d}.jpg" for a, b in zip(*side, strict=True)] for side in sides]
    return by_name(*names, same)
