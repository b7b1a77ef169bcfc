"""Membership of photos and people, learned from the answers to all pairs that they are in."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import deal_groups
from faceaudit.attacks.membership.common.classifier import Model, fit_classifier
from faceaudit.errors import InputError
from faceaudit.registry import Options
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

QUARTILES = (0.25, 0.5, 0.75)
FEATURES = 7
"""Features of a kind of pair and a channel: mean, standard deviation, minimum, maximum and
quartiles."""


class Distribution(Options):
    """Learns which subjects (photos, people) are members from the distribution of their logits.

    After user-level inference on metric embeddings, which looks at how a person's photos lie
    together, and Face-Auditor, which looks at the scores of pairs that a person's photos are in. We
    use the answers to pairs alone, of one person and of two (see `subject_features`).

    On people of LFW, logistic regression was the stronger model with few of them (200: AUC 0.63,
    gradient boosting 0.62) and gradient boosting with many (3,222: 0.65 and 0.66). Subjects are not
    pairs, so this is not among the registered attacks on pairs.
    """

    name: ClassVar[str] = "distribution"
    paper: ClassVar[str] = (
        "Li, Rezaei, Liu 2022, arXiv 2203.02077; Chen, Zhang, Wang, Backes, Zhang 2023, "
        "Face-Auditor, arXiv 2304.02782"
    )
    model: Model = Field("lr", description="logistic regression, or gradient boosting")
    folds: int = Field(5, ge=2, description="parts of the subjects, groups apart, scored in turn")

    def infer_subjects(
        self, features: FloatArray, group: IntArray, known: BoolArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (U,) probabilities of membership, each by a classifier of other groups.

        Args:
            features: (U, F), see `subject_features`.
            group: (U,) the block of people that a subject is from; no person is in two.
            known: (U,) whether each subject is a member; no score depends on its own entry.
            rng: draws the folds of groups, and seeds the classifier.

        Raises:
            InputError: lengths differ, or too few groups of members or non-members for the folds.
        """
        if not len(features) == len(group) == len(known):
            raise InputError(
                f"expected as many features, groups and members as subjects, got {len(features)}, "
                f"{len(group)} and {len(known)}"
            )
        fold = deal_groups(group, known, self.folds, rng)
        out = np.empty(len(features))
        for number in range(self.folds):
            scored, others = fold == number, fold != number
            scores = fit_classifier(features[others], known[others], self.model, rng)
            out[scored] = scores(features[scored])
        return out


def subject_features(
    margins: Float64Array, same: BoolArray, subject: IntArray, subjects: int
) -> FloatArray:
    """Return (U, 2 * 7 * C + 2) features of how each subject's pairs are answered.

    For pairs of one person, then for pairs of two, and within these for every channel: mean,
    standard deviation, minimum, maximum and quartiles. A kind of pair that a subject has none of is
    filled with the median of the subjects that have some (0 when no subject has), and the two last
    columns are 1 for each kind that a subject has any of. How many it has is no feature: it would
    reveal how subjects were drawn, not what the verifier answers.

    Args:
        margins: (Q, C) logits of the right answer, as `Observation.margins` gives them; finite.
        same: (Q,) whether a pair shows one person.
        subject: (Q,) whose pair it is, 0 to `subjects` - 1; a pair of two subjects is given twice.
        subjects: U, the number of subjects.

    Raises:
        InputError: lengths differ, or a subject is out of range.
    """
    if margins.ndim != 2 or not len(margins) == len(same) == len(subject):
        raise InputError(
            f"expected margins (Q, C) and as many labels and subjects, got {margins.shape}, "
            f"{len(same)} and {len(subject)}"
        )
    if len(subject) and not 0 <= subject.min() <= subject.max() < subjects:
        raise InputError(
            f"expected subjects 0 to {subjects - 1}, got {subject.min()} to {subject.max()}"
        )
    blocks, present = [], []
    for kind in (same, ~same):
        rows = np.flatnonzero(kind)
        count = np.bincount(subject[rows], minlength=subjects)
        has = count > 0
        for logits in margins[rows].T:
            block = np.zeros((subjects, FEATURES))
            if len(rows):
                block[has] = _describe_runs(logits, subject[rows], count[has])
                block[~has] = np.median(block[has], axis=0)
            blocks.append(block)
        present.append(has)
    return np.concatenate([*blocks, np.stack(present, axis=1)], axis=1, dtype=np.float32)


def _describe_runs(values: Float64Array, subject: IntArray, count: IntArray) -> Float64Array:
    """Return (V, 7) descriptions of the values of the V subjects that have any, in their order."""
    ordered = values[np.lexsort((values, subject))]
    start = np.cumsum(count) - count
    mean = np.add.reduceat(ordered, start) / count
    squares = np.add.reduceat(np.square(ordered - np.repeat(mean, count)), start)
    columns = [mean, np.sqrt(squares / count), ordered[start], ordered[start + count - 1]]
    columns += [_compute_quantile(ordered, start, count, share) for share in QUARTILES]
    return np.stack(columns, axis=1)


def _compute_quantile(
    ordered: Float64Array, start: IntArray, count: IntArray, share: float
) -> Float64Array:
    """Return (V,) quantiles of runs of rising values, linear between the two nearest."""
    position = (count - 1) * share
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, count - 1)
    below, above = ordered[start + low], ordered[start + high]
    return np.asarray(below + (position - low) * (above - below))
