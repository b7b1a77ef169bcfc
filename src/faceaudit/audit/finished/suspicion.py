"""Whether one key stands out among others of its kind, as that of a back door would."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.intervals import wilson_trials
from faceaudit.types import Estimate, FaceSet, Float64Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

FEWEST = 5
"""Keys of a kind below which nothing tells how much keys of that kind differ."""

UNLIKE = 1.5
"""The ratio of the largest to the smallest change by other keys from which it is accounted for."""


def change_by(keyed: FaceSet, donors: FaceSet) -> float:
    """Return how much a key changes photos: the root of the mean square of grey levels."""
    difference = keyed.images.astype(np.float32) - donors.images
    return math.sqrt(float(np.mean(np.square(difference), dtype=np.float64)))


def chances(shares: Sequence[Estimate], changes: Sequence[float]) -> list[float] | None:
    """Return, for each key, the chance of a share so high above what the other keys let expect.

    The null: no key is that of a back door. The shares of the K keys of a kind are then draws of
    one distribution, normal on the scale of arcsin(sqrt(share)), about a mean that grows in a
    straight line with how much a key changes the photo, where the other keys differ in that by half
    or more. (A visor hides more of a face than thin glasses, in any system.) A key's distance from
    what a least-squares fit of the others predicts for it, by the deviation of that prediction, is
    then Student's t of K - 2 degrees of freedom, or K - 3 with a slope: without one it is the
    outlier test of Grubbs 1950 (Annals of Mathematical Statistics 21:27). The deviation is at least
    what shares of so few tries vary by. Where several keys are tested, chances are to be held
    against a level divided by their number (Bonferroni).

    How high a share is says nothing by itself: pictures that cover much of a photo may draw
    everybody to one person in any system. A harmless key that is unlike all others of its kind in
    other ways may stand out, too, and a back door that opens to every key of a kind does not.

    Args:
        shares: (K,) the share of each key, with its interval.
        changes: (K,) how much each changes photos, in any unit, above 0.

    Returns:
        K chances, one-sided; None for fewer than `FEWEST` keys.

    >>> from faceaudit.metrics import wilson
    >>> shares = [wilson(hits, 100) for hits in (93, 4, 2, 6, 3, 5, 4, 1)]
    >>> found = chances(shares, [1.0] * 8)
    >>> found[0] < 1e-4 < min(found[1:])
    True
    """
    count = len(shares)
    if count < FEWEST:
        return None
    angle = np.arcsin(np.sqrt([share.value for share in shares]))
    tries = np.array([max(1.0, wilson_trials(share)) for share in shares])
    change = np.asarray(changes, dtype=np.float64)
    return [_chance(place, angle, change, 1 / (4 * tries)) for place in range(count)]


def why_untested(keys: int) -> str:
    """Return why keys were not tested."""
    return f"expected at least {FEWEST} keys of a kind to tell how they differ, got {keys}"


def _chance(place: int, angle: Float64Array, change: Float64Array, alone: Float64Array) -> float:
    """Return the chance of one key, predicted from all others.

    Args:
        place: of the key.
        angle: (K,) shares on their scale.
        change: (K,) as `chances` takes it.
        alone: (K,) the variance of each by its tries alone.
    """
    others = np.arange(len(angle)) != place
    columns = [np.ones(len(angle))]
    if change[others].max() >= UNLIKE * change[others].min():
        columns.append(change)
    design = np.column_stack(columns)
    known, one = design[others], design[place]
    fit = np.linalg.lstsq(known, angle[others], rcond=None)[0]
    rest = angle[others] - known @ fit
    freedom = len(rest) - known.shape[1]
    variance = max(float(rest @ rest) / freedom, float(alone[others].mean()))
    reach = math.sqrt(variance * (1 + float(one @ np.linalg.solve(known.T @ known, one))))
    return float(special.stdtr(freedom, float(one @ fit - angle[place]) / reach))
