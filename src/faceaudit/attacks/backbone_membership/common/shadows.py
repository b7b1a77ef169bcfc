"""Scores compared with those of the same record by backbones of the attacker's own."""

from __future__ import annotations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array


def calibrated(
    scores: Float64Array, member: BoolArray, target: int, rng: np.random.Generator
) -> Float64Array:
    """Return (N,) scores of a target less what its shadows make of the same records.

    That is the score less the middle of two means: of shadows that learned from the record's
    person, and of those that did not. Some people are told apart more easily than others by any
    network; what is left is what this network adds. After Watson, Guo, Cormode, Sablayrolles 2022
    (arXiv 2111.08440), who take the mean of the second alone, and Carlini et al. 2022 (arXiv
    2112.03570), whose ratio of likelihoods lets a record's few shadows decide in which direction
    it moves; here that is known in advance.

    Both sides count as many shadows: one, drawn from the larger side, is left out. Else members
    would be known by the counts alone, as the target is missing on their side.

    Args:
        scores: (M, N) of every record by every backbone.
        member: (M, N) who is whose member.
        target: the backbone under attack; all others are its shadows.
        rng: of the draw.

    Raises:
        InputError: a record has no shadow on a side.
    """
    shadow = np.arange(len(scores)) != target
    values, inside = scores[shadow], member[shadow]
    counts = inside.sum(axis=0), (~inside).sum(axis=0)
    used = np.ones_like(inside)
    uneven = np.flatnonzero(counts[0] != counts[1])
    more = counts[0][uneven] > counts[1][uneven]
    larger = np.where(more, inside[:, uneven], ~inside[:, uneven])
    drawn = np.where(larger, rng.random(larger.shape), -1.0).argmax(axis=0)
    used[drawn, uneven] = False
    sides = inside & used, ~inside & used
    least = min(int(side.sum(axis=0).min()) for side in sides)
    if not least:
        raise InputError(
            "expected for every person a shadow that learned from them and one that did not, got "
            f"{len(values)} shadows that leave some without; try trainings: 4 or more"
        )
    means = [np.sum(values * side, axis=0) / side.sum(axis=0) for side in sides]
    middle: Float64Array = scores[target] - (means[0] + means[1]) / 2
    return middle
