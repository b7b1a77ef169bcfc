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
    """Return pairs of photos drawn at random, none twice, `p7_0003` being one of person 7."""
    drawn = 2 * count
    first = rng.integers(people.start, people.stop, drawn)
    same = rng.random(drawn) < genuine
    step = rng.integers(1, len(people), drawn)
    second = np.where(same, first, (first - people.start + step) % len(people) + people.start)
    one = rng.integers(1, photos + 1, drawn)
    two = np.where(same, one % photos, rng.integers(0, photos, drawn)) + 1
    photo = np.sort([first * (photos + 1) + one, second * (photos + 1) + two], axis=0)
    rows = np.sort(np.unique(photo, axis=1, return_index=True)[1])[:count]
    assert len(rows) == count, "expected so many different pairs; take more people or photos"
    same = same[rows]
    sides = ((first[rows], one[rows]), (second[rows], two[rows]))
    names = [[f"{name}{a}_{b:04d}.jpg" for a, b in zip(*side, strict=True)] for side in sides]
    return by_name(*names, same)
