"""The confusion matrix of a verifier at one threshold, and its rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.comparison_share import checked_people, comparison_share
from faceaudit.metrics.scores import checked
from faceaudit.types import BoolArray, Estimate, IntArray


@dataclass(frozen=True)
class Confusion:
    """Four counts of pairs, and shares of them; None where nothing is to be counted.

    Attributes:
        tp: genuine pairs accepted.
        fp: impostor pairs accepted.
        tn: impostor pairs rejected.
        fn: genuine pairs rejected.
        accuracy: (TP + TN) / all.
        precision: TP / (TP + FP), of the pairs accepted.
        recall: TP / (TP + FN), the true accept rate.
        specificity: TN / (TN + FP), 1 - FMR.
        f1: 2 TP / (2 TP + FP + FN); n counts TP + FP + FN.
        why: why a share is None, by its name.
    """

    tp: int
    fp: int
    tn: int
    fn: int
    accuracy: Estimate
    precision: Estimate | None
    recall: Estimate | None
    specificity: Estimate | None
    f1: Estimate | None
    why: Mapping[str, str] = field(default_factory=dict)


def confusion(
    same: npt.ArrayLike,
    score: npt.ArrayLike,
    threshold: float,
    *,
    people: IntArray | None = None,
    level: float = 0.95,
) -> Confusion:
    """Count pairs that are rightly and wrongly accepted (score >= threshold), higher is better.

    Intervals are those of `comparison_share`. That of F1 is Wilson's for TP / (TP + FP + FN),
    carried over by F1 = 2 x / (1 + x), the "Wilson indirect" of Lam, Gopal, Qian 2023, arXiv
    2309.14621. Precision, accuracy and F1 depend on how many pairs of either kind the list has; TAR
    and FAR do not.

    Args:
        same: (P,) bool, whether a pair shows one person.
        score: (P,) scores, higher is more alike.
        threshold: the lowest score that is accepted.
        people: (P, 2) who is on each pair; None takes pairs as independent.
        level: coverage, in (0, 1).

    Raises:
        InputError: no pair, scores that are not finite, or columns that do not fit.

    >>> found = confusion([True, True, False, False], [0.9, 0.2, 0.6, 0.1], 0.5)
    >>> found.tp, found.fp, found.tn, found.fn, found.f1.value
    (1, 1, 1, 1, 0.5)
    >>> confusion([True], [0.1], 0.5).why["precision"]
    'no pair was accepted'
    """
    scores = checked(score, "scores")
    truth = np.asarray(same)
    if truth.shape != scores.shape or truth.dtype != np.bool_:
        raise InputError(f"expected same {scores.shape} as bool, got {truth.shape} {truth.dtype}")
    if people is not None:
        checked_people(people, len(scores))
    if np.isnan(threshold):
        raise InputError("expected a threshold, got nan")
    accepted = scores >= np.float64(threshold)
    right, any_of = accepted == truth, accepted | truth
    why = {
        "precision": "" if accepted.any() else "no pair was accepted",
        "recall": "" if truth.any() else "no pair is genuine",
        "specificity": "" if not truth.all() else "no pair is an impostor",
        "f1": "" if any_of.any() else "no pair is genuine or accepted",
    }

    def share(of: BoolArray) -> Estimate | None:
        some = None if people is None else people[of]
        return comparison_share(right[of], some, level=level) if of.any() else None

    agreed = share(any_of)
    return Confusion(
        int(np.count_nonzero(accepted & truth)),
        int(np.count_nonzero(accepted & ~truth)),
        int(np.count_nonzero(~accepted & ~truth)),
        int(np.count_nonzero(~accepted & truth)),
        comparison_share(right, people, level=level),
        share(accepted),
        share(truth),
        share(~truth),
        None if agreed is None else _f1_of(agreed),
        {name: reason for name, reason in why.items() if reason},
    )


def _f1_of(share: Estimate) -> Estimate:
    """Return F1 from the share of true positives among all pairs but true negatives."""
    value, low, high = (2 * end / (1 + end) for end in (share.value, share.low, share.high))
    method = share.method.replace("wilson", "wilson indirect")
    return replace(share, value=value, low=low, high=high, method=method)
