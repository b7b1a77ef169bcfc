"""Was a photo or a person learned from? Told by how its several pairs are answered together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import deal_groups
from faceaudit.attacks.membership.common.classifier import Model, learned
from faceaudit.errors import InputError
from faceaudit.registry import Options
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

QUARTILES = (0.25, 0.5, 0.75)
FEATURES = 7
"""Features a kind of pair and a way of asking: mean, deviation, minimum, maximum, quartiles."""


class Distribution(Options):
    """Learns which units (photos, people) are members from the distribution of their margins.

    After user-level inference on metric embeddings, which looks at how a person's photos lie
    together, and Face-Auditor, which looks at the scores of pairs that a person's photos are in. We
    take the answers to pairs alone, of one person and of two (see `unit_features`).

    On people of LFW, logistic regression was the stronger model with few of them (200: AUC 0.63,
    gradient boosting 0.62) and gradient boosting with many (3,222: 0.65 and 0.66). Units are not
    pairs, so this is not among the registered attacks on pairs.
    """

    name: ClassVar[str] = "distribution"
    paper: ClassVar[str] = (
        "Li, Rezaei, Liu 2022, arXiv 2203.02077; Chen, Zhang, Wang, Backes, Zhang 2023, "
        "Face-Auditor, arXiv 2304.02782"
    )
    model: Model = Field("lr", description="logistic regression, or gradient boosting")
    folds: int = Field(5, ge=2, description="parts of the units, groups apart, scored in turn")

    def infer_units(
        self, features: FloatArray, group: IntArray, known: BoolArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (U,) probabilities of membership, each by what was learned from other groups.

        Args:
            features: (U, F), see `unit_features`.
            group: (U,) the block of people that a unit is from; no person is in two.
            known: (U,) which units are members; no score depends on its own unit's entry.
            rng: deals the groups to folds, and seeds the classifier.

        Raises:
            InputError: lengths differ, or too few groups of members or others for the folds.
        """
        if not len(features) == len(group) == len(known):
            raise InputError(
                f"expected as many features, groups and members as units, got {len(features)}, "
                f"{len(group)} and {len(known)}"
            )
        fold = deal_groups(group, known, self.folds, rng)
        out = np.empty(len(features))
        for number in range(self.folds):
            here, others = fold == number, fold != number
            scores = learned(features[others], known[others], self.model, rng)
            out[here] = scores(features[here])
        return out


def unit_features(margins: Float64Array, same: BoolArray, unit: IntArray, units: int) -> FloatArray:
    """Return (U, 2 * 7 * C + 2) features of how each unit's pairs are answered.

    For pairs of one person, then for pairs of two, and within these for every way of asking: mean,
    standard deviation, minimum, maximum and quartiles. A kind of pair that a unit has none of is
    filled with the median of the units that have some (0 when no unit has), and the two last
    columns say for each kind whether a unit has any. How many it has is no feature: it would tell
    how units were drawn, not what the verifier says.

    Args:
        margins: (Q, C) logits of the right answer, as `Seen.margins` gives them; finite.
        same: (Q,) whether a pair shows one person.
        unit: (Q,) whose pair it is, 0 to `units` - 1; a pair of two units is given twice.
        units: U, how many there are.

    Raises:
        InputError: lengths differ, or a unit is out of range.
    """
    if margins.ndim != 2 or not len(margins) == len(same) == len(unit):
        raise InputError(
            f"expected margins (Q, C) and as many labels and units, got {margins.shape}, "
            f"{len(same)} and {len(unit)}"
        )
    if len(unit) and not 0 <= unit.min() <= unit.max() < units:
        raise InputError(f"expected units 0 to {units - 1}, got {unit.min()} to {unit.max()}")
    blocks, present = [], []
    for kind in (same, ~same):
        rows = np.flatnonzero(kind)
        count = np.bincount(unit[rows], minlength=units)
        has = count > 0
        for way in margins[rows].T:
            block = np.zeros((units, FEATURES))
            if len(rows):
                block[has] = _described(way, unit[rows], count[has])
                block[~has] = np.median(block[has], axis=0)
            blocks.append(block)
        present.append(has)
    return np.concatenate([*blocks, np.stack(present, axis=1)], axis=1, dtype=np.float32)


def _described(values: Float64Array, unit: IntArray, count: IntArray) -> Float64Array:
    """Return (V, 7) descriptions of the values of the V units that have any, in their order."""
    ordered = values[np.lexsort((values, unit))]
    start = np.cumsum(count) - count
    mean = np.add.reduceat(ordered, start) / count
    squares = np.add.reduceat(np.square(ordered - np.repeat(mean, count)), start)
    columns = [mean, np.sqrt(squares / count), ordered[start], ordered[start + count - 1]]
    columns += [_quantile(ordered, start, count, share) for share in QUARTILES]
    return np.stack(columns, axis=1)


def _quantile(
    ordered: Float64Array, start: IntArray, count: IntArray, share: float
) -> Float64Array:
    """Return (V,) quantiles of runs of rising values, by the line between the two nearest."""
    place = (count - 1) * share
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, count - 1)
    below, above = ordered[start + low], ordered[start + high]
    return np.asarray(below + (place - low) * (above - below))
