"""Templates in which an attribute is planted."""

from __future__ import annotations

import numpy as np

from faceaudit.attacks.attribute_inference import Labelled
from faceaudit.types import FloatArray, IntArray


def templates_with(
    value: IntArray, people: IntArray, how: str, *, seed: int, size: int = 6
) -> FloatArray:
    """Return templates of length 1: people apart, and values apart in the way that is asked for.

    Args:
        value: (N,) values, 0 or 1.
        people: (N,) who is on each photo.
        how: "mean": values have other means; "spread": each varies along an axis of its own, with
            the same mean, which no linear probe finds; "nothing".
        seed: of the draw.
        size: entries.
    """
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(int(people.max()) + 1, size))[people]
    found += rng.normal(0, 0.2, (len(people), size))
    found[:, -1] = 3  # so that bringing to length 1 changes little
    if how == "mean":
        found[:, 0] += 3 * value
    if how == "spread":
        angle = rng.normal(0, 0.3, int(people.max()) + 1) + np.pi * rng.integers(
            0, 2, int(people.max()) + 1
        )
        angle = angle[people] + np.pi / 2 * value
        found[:, 0], found[:, 1] = 2 * np.cos(angle), 2 * np.sin(angle)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def split(
    how: str, *, seed: int = 0, labelled: int = 150, attacked: int = 100
) -> tuple[Labelled, FloatArray, IntArray, IntArray]:
    """Return labelled people, and templates, values and people of those attacked."""
    people = np.repeat(np.arange(labelled + attacked), 2)
    value = (np.random.default_rng(seed + 100).permutation(labelled + attacked) % 2)[people]
    templates = templates_with(value, people, how, seed=seed)
    known = people < labelled
    return (
        Labelled(templates[known], value[known], people[known], 2),
        templates[~known],
        value[~known],
        people[~known],
    )
