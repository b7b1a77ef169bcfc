"""Pairs that a verifier names for certain: a threshold put in the middle between two of them.

The best threshold of a distance is often taken as the middle of the gap between two training pairs.
Such a number is those two pairs' own: among all pairs that might have been learned from, hardly two
others have the same middle. Attacks that rank pairs cannot show it, two of thousands change no
rate. So it is looked for by itself: where scores are a logistic function of a distance, the
threshold is read off them, and candidates are tried for the two pairs beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics import DISTANCES
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

BETWEEN = 20
"""Candidates between the two pairs at most: nobody was trained on any of these."""

CHANCE = 1e-3
"""Matches expected by chance from which on one match is no proof."""

LINEAR = 1e-4
"""Largest error of a distance read off its score, in deviations, where scores are a distance's."""

MARGIN = 8.0
"""Standard errors of the threshold within which a middle counts as equal to it."""

FEWEST = 10
"""Scores that are neither 0 nor 1, below which no threshold is read off them."""

_SINGLE = 2.0**-24  # relative error of a number rounded to float32


@dataclass(frozen=True)
class ReadThreshold:
    """The threshold of a distance as its scores tell it.

    Attributes:
        value: the distance whose score is 0.5.
        steepness: of the logit, in distances.
        error: standard error of the threshold.
    """

    value: float
    steepness: float
    error: float


def named_pairs(
    scores: FloatArray | Float64Array, distances: Float64Array, same: BoolArray
) -> IntArray:
    """Return the candidates that one verifier's scores name as training pairs for certain.

    A combination is an accepted genuine pair and a rejected impostor pair with at most `BETWEEN`
    candidates between their distances: the two sides of the best gap are of that kind. A threshold
    in the middle of exactly one names both; where chance gives `CHANCE` such matches or more on
    average, nothing is named.

    Args:
        scores: (P,) probabilities that each candidate shows one person, as users get them.
        distances: (P,) of the candidates, by the distance that is suspected behind the scores, of
            embeddings by the backbone that was asked.
        same: (P,) whether each shows one person.

    Returns:
        (K,) rows of candidates, rising; none where scores are no function of that distance.

    Raises:
        InputError: columns that do not fit, or numbers that are not finite.
    """
    _check(scores, distances, same)
    read = read_threshold(scores, distances)
    if read is None:
        return np.zeros(0, dtype=np.int64)
    return pairs_beside(read.value, distances, same, within=MARGIN * read.error)


def pairs_named_by_any(
    scores: FloatArray | Float64Array, first: FloatArray, second: FloatArray, same: BoolArray
) -> IntArray:
    """Return the candidates that scores name, whichever distance is behind them.

    Args:
        scores: (P,) as of `named_pairs`.
        first: (P, E) embeddings of the first photos, by the backbone that was asked.
        second: (P, E) of the second photos.
        same: (P,) whether each shows one person.

    Returns:
        (K,) rows of candidates, rising.
    """
    named = [named_pairs(scores, one.pairs(first, second), same) for one in DISTANCES.values()]
    return np.unique(np.concatenate(named))


def read_threshold(
    scores: FloatArray | Float64Array, distances: Float64Array
) -> ReadThreshold | None:
    """Read the threshold off scores expit((threshold - distance) / steepness), if they are such.

    Least squares of the distance on the logit, each weighed by how far the rounding of scores to
    float32 moves its logit.

    Args:
        scores: (P,) in [0, 1].
        distances: (P,).

    Returns:
        None where scores are no such function, or too few are neither 0 nor 1.
    """
    asked = np.asarray(scores, dtype=np.float64)
    some = (asked > 0) & (asked < 1)
    if int(some.sum()) < FEWEST or not np.ptp(asked[some]):
        return None
    score, distance = asked[some], distances[some]
    logit = special.logit(score)
    # float32 has as many digits for a score as for one near 0, but few of how far it is from 1.
    weight = 1 / (_SINGLE * (1 / (1 - score) + np.abs(logit)))
    columns = np.stack([np.ones_like(logit), -logit], axis=1)
    (value, steepness), *_ = np.linalg.lstsq(
        columns * weight[:, None], distance * weight, rcond=None
    )
    rest = (distance - columns @ (value, steepness)) * weight
    spread = float(np.sqrt(np.mean(rest**2)))
    typical = float(np.average(np.abs(rest / weight), weights=weight))
    if steepness <= 0 or typical > LINEAR * float(np.std(distances)):
        return None
    inverse = np.linalg.inv((columns * weight[:, None]).T @ (columns * weight[:, None]))
    error = spread * float(np.sqrt(inverse[0, 0]))
    least = float(np.spacing(max(abs(value), float(np.abs(distances).max()))))
    return ReadThreshold(float(value), float(steepness), max(error, least))


def pairs_beside(
    threshold: float, distances: Float64Array, same: BoolArray, *, within: float
) -> IntArray:
    """Return the candidates in whose middle a threshold lies, if it can be no coincidence.

    Args:
        threshold: as it is released, or was read off scores.
        distances: (P,) of the candidates.
        same: (P,) whether each shows one person.
        within: how far from a middle the threshold may be, at least 0.

    Returns:
        (K,) rows of candidates: 2, or none.
    """
    order = np.argsort(distances, kind="stable")
    cut = int(np.searchsorted(distances[order], threshold, side="right"))
    below, above = order[max(cut - BETWEEN - 1, 0) : cut], order[cut : cut + BETWEEN + 1]
    genuine, impostor = below[same[below]], above[~same[above]]
    if not len(genuine) or not len(impostor):
        return np.zeros(0, dtype=np.int64)
    middles = (distances[genuine][:, None] + distances[impostor][None, :]) / 2
    reach = float(np.ptp(middles))
    hits = np.argwhere(np.abs(middles - threshold) <= within)
    if len(hits) != 1 or middles.size * 2 * within >= CHANCE * reach:
        return np.zeros(0, dtype=np.int64)
    one, two = hits[0]
    return np.sort(np.array([genuine[one], impostor[two]], dtype=np.int64))


def _check(scores: FloatArray | Float64Array, distances: Float64Array, same: BoolArray) -> None:
    shapes = [np.shape(column) for column in (scores, distances, same)]
    if len({*shapes}) > 1 or len(shapes[0]) != 1 or not shapes[0][0]:
        raise InputError(f"expected scores, distances and labels (P,), got {shapes}")
    if not (np.isfinite(scores).all() and np.isfinite(distances).all()):
        raise InputError("expected finite scores and distances, got some that are not")
