"""How a photo compares with the other photos that an attacker has of the same person."""

from __future__ import annotations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import Float64Array, FloatArray, IntArray


def directions(embeddings: FloatArray) -> Float64Array:
    """Return (N, E) embeddings of length 1.

    Raises:
        InputError: one has no direction.
    """
    return normalized(embeddings).astype(np.float64)


def sums_by_person(
    embeddings: Float64Array, person: IntArray
) -> tuple[IntArray, Float64Array, IntArray]:
    """Return (N,) the place of each photo's person, (P, E) their sums and (P,) counts.

    Raises:
        InputError: a person has one photo only, which cannot be compared with another.
    """
    _, place, count = np.unique(person, return_inverse=True, return_counts=True)
    if count.min() < 2:
        raise InputError(
            f"expected two photos or more of each person, got one of {np.sum(count < 2)} people; "
            "leave them out, or use an attack on photos alone, such as embedding_norm"
        )
    sums = np.zeros((len(count), embeddings.shape[1]))
    np.add.at(sums, place, embeddings)
    return place.astype(np.int64), sums, count.astype(np.int64)


def own_direction(embeddings: Float64Array, place: IntArray, sums: Float64Array) -> Float64Array:
    """Return (N, E) the direction of the sum of each person's other photos; 0 where it has none."""
    rest = sums[place] - embeddings
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.where(length > 0, rest / np.where(length > 0, length, 1.0), 0.0)
