"""Distances between embeddings: of pairs, and of all with all.

Every distance is at least 0, 0 for equal embeddings, and lower is more alike: negate it to have a
score. Chi-square and Bhattacharyya are made for histograms, which have no negative entries. An
embedding u has, so it is taken as a histogram of 2 E bins, its positive parts and its negative
parts, divided by their sum: h(u) = [max(u, 0), max(-u, 0)] / sum |u|.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.types import Float64Array

Embeddings = npt.NDArray[np.floating[Any]]

PIECE_BYTES = 1 << 24


def normalized(embeddings: Embeddings) -> Embeddings:
    """Return (N, E) embeddings divided by their Euclidean length, in their own type.

    Raises:
        InputError: embeddings without a direction (all zero) or with values that are not finite.
    """
    _checked(embeddings)
    # The largest entry first, so that squares neither vanish nor overflow.
    largest = _sized(np.max(np.abs(embeddings), axis=1, keepdims=True))
    scaled = embeddings / largest
    directions: Embeddings = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    return directions


def cosine(first: Embeddings, second: Embeddings) -> Float64Array:
    """Return 1 - cos of the angle of each pair, (P,) in [0, 2].

    It is taken as half the squared distance of the unit vectors, exactly 0 for equal ones.

    >>> cosine(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]])).round(12).tolist()
    [1.0]
    """
    return squared_euclidean(first, second) / 2


def squared_euclidean(first: Embeddings, second: Embeddings) -> Float64Array:
    """Return the squared distance of the unit vectors of each pair, (P,) in [0, 4].

    What the "insightface" convention of `k_fold_accuracy` takes; 2 - 2 cos.
    """
    difference = normalized(_double(first)) - normalized(_double(second))
    return _floats(np.minimum(np.einsum("pe,pe->p", difference, difference), 4.0))


def euclidean(first: Embeddings, second: Embeddings) -> Float64Array:
    """Return the Euclidean distance of each pair as it is, (P,); the only one with a scale."""
    difference = _double(first) - _double(second)
    _checked(difference)
    return _floats(np.linalg.norm(difference, axis=1))


def chi_square(first: Embeddings, second: Embeddings) -> Float64Array:
    """Return the chi-square distance of the histograms of each pair, (P,) in [0, 2].

    sum over bins (a - b)^2 / (a + b), with 0 / 0 = 0; 2 for embeddings that share no bin. For
    signed entries that is sum (u - v)^2 / (|u| + |v|) of the embeddings divided by their sums.

    >>> chi_square(np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]])).tolist()
    [2.0]
    """
    return _chi_square(_shared(first), _shared(second))


def bhattacharyya(first: Embeddings, second: Embeddings) -> Float64Array:
    """Return the Bhattacharyya distance of the histograms of each pair, (P,) in [0, 1].

    sqrt(1 - sum over bins sqrt(a b)), which is also called Hellinger's (Bhattacharyya 1943). It
    ranks pairs as -log sum sqrt(a b) does, which is infinite for embeddings that share no bin.
    """
    a, b = _roots(first), _roots(second)
    total = np.einsum("pe,pe->p", a - b, a - b)
    return _floats(np.sqrt(np.minimum(total / 2, 1.0)))


def _block_cosine(probes: Embeddings, gallery: Embeddings) -> Float64Array:
    return _floats(np.clip(1 - normalized(probes) @ normalized(gallery).T, 0.0, 2.0))


def _block_squared(probes: Embeddings, gallery: Embeddings) -> Float64Array:
    return 2 * _block_cosine(probes, gallery)


def _block_euclidean(probes: Embeddings, gallery: Embeddings) -> Float64Array:
    lengths = np.einsum("pe,pe->p", probes, probes)[:, None] + np.einsum(
        "pe,pe->p", gallery, gallery
    )
    return _floats(np.sqrt(np.maximum(lengths - 2 * (probes @ gallery.T), 0.0)))


def _block_chi_square(probes: Embeddings, gallery: Embeddings) -> Float64Array:
    a, b = _shared(probes), _shared(gallery)
    found = np.empty((len(a), len(b)))
    step = max(1, PIECE_BYTES // (8 * a.shape[1]))
    for row, one in enumerate(a):
        for at in range(0, len(b), step):
            found[row, at : at + step] = _chi_square(one[None], b[at : at + step])
    return found


def _block_bhattacharyya(probes: Embeddings, gallery: Embeddings) -> Float64Array:
    a, b = _roots(probes), _roots(gallery)
    return _floats(np.sqrt(np.maximum(1 - a @ b.T, 0.0)))


@dataclass(frozen=True)
class Distance:
    """A distance of pairs, and the same of all with all.

    Attributes:
        pairs: (P, E) and (P, E) to (P,).
        whole: (N, E) and (M, E) in float64 to (N, M).
    """

    pairs: Callable[[Embeddings, Embeddings], Float64Array]
    whole: Callable[[Embeddings, Embeddings], Float64Array]

    def block(self, probes: Embeddings, gallery: Embeddings) -> Float64Array:
        """Return (N, M) float64 distances of all probes with all templates.

        Memory beyond that is a few copies of the embeddings and 100 MB. All but chi-square are
        matrix products, which cancel: near 0 a distance d is right to about 1e-15 / d, and never
        worse than 1e-7 of its range; two equal embeddings can come out as that.

        Raises:
            InputError: as of `pairs`, or embeddings that do not fit.
        """
        probes, gallery = _double(probes), _double(gallery)
        if probes.shape[1] != gallery.shape[1]:
            raise InputError(f"expected probes (N, {gallery.shape[1]}), got {probes.shape}")
        _checked(probes)
        _checked(gallery)
        return self.whole(probes, gallery)


DISTANCES: Mapping[str, Distance] = {
    "bhattacharyya": Distance(bhattacharyya, _block_bhattacharyya),
    "chi_square": Distance(chi_square, _block_chi_square),
    "cosine": Distance(cosine, _block_cosine),
    "euclidean": Distance(euclidean, _block_euclidean),
    "squared_euclidean": Distance(squared_euclidean, _block_squared),
}


def _chi_square(a: Float64Array, b: Float64Array) -> Float64Array:
    apart, together = a - b, np.abs(a) + np.abs(b)
    apart *= apart
    np.divide(apart, together, out=apart, where=together > 0)
    return _floats(np.minimum(apart.sum(axis=1), 2.0))


def _shared(embeddings: Embeddings) -> Float64Array:
    """Return embeddings divided by the sum of their sizes, in float64."""
    rows = _double(embeddings)
    _checked(rows)
    rows = rows / _sized(np.max(np.abs(rows), axis=1, keepdims=True))
    return _floats(rows / np.abs(rows).sum(axis=1, keepdims=True))


def _roots(embeddings: Embeddings) -> Float64Array:
    """Return the square roots of the histograms, (N, 2 E)."""
    shares = _shared(embeddings)
    return _floats(np.sqrt(np.concatenate((np.maximum(shares, 0), np.maximum(-shares, 0)), 1)))


def _floats(values: npt.ArrayLike) -> Float64Array:
    return np.asarray(values, dtype=np.float64)


def _double(embeddings: Embeddings) -> Float64Array:
    rows = np.asarray(embeddings)
    if rows.ndim != 2 or rows.dtype.kind != "f":
        raise InputError(f"expected embeddings (N, E) of floats, got {rows.shape} {rows.dtype}")
    return rows.astype(np.float64, copy=False)


def _checked(embeddings: Embeddings) -> None:
    wrong = len(embeddings) - int(np.count_nonzero(np.isfinite(embeddings).all(axis=1)))
    if wrong:
        raise InputError(
            f"expected finite embeddings, got {wrong} of {len(embeddings)} that are not"
        )


def _sized(sizes: Embeddings) -> Embeddings:
    empty = int(np.count_nonzero(sizes == 0))
    if empty:
        raise InputError(
            f"expected embeddings with a direction, got {empty} of {len(sizes)} that are all zero"
        )
    return sizes
