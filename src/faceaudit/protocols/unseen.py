"""Verification of people whom a system never saw, by the scores that it gives their pairs.

An identifier that was trained on some people is a feature extractor for all others: its layer
before the last one is compared by cosine, as by Sun, Wang, Tang 2014 (DeepID, CVPR). The pairs are
so many genuine ones a person, and as many impostor pairs among all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.faces.pairs.build import build_pairs
from faceaudit.metrics import FoldAccuracy, auc, eer, k_fold_accuracy, tar_at_far
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.types import BoolArray, Estimate, FaceSet, Figure, IntArray, PairSet

PER_PERSON = 5
FARS = (1e-1, 1e-2, 1e-3)
FOLDS = 2
ACCURACY = "accuracy"
AUC = "auc"
EER = "eer"
CHOSEN_FMR = "chosen_fmr"
CHOSEN_FNMR = "chosen_fnmr"
UNANSWERED = "pairs_without_answer"

Scores = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """P pairs with the scores that a system gives them.

    Attributes:
        scores: (P,) higher is more alike; NaN where it gave none.
        same: (P,) bool, whether a pair shows one person.
        fold: (P,) folds of people.
        people: (P, 2) numbers of the people on each.
    """

    scores: Scores
    same: BoolArray
    fold: IntArray
    people: IntArray

    def take(self, rows: npt.ArrayLike) -> ScoredPairs:
        """Return the pairs at `rows`, (R,) integers or (P,) bool."""
        at = np.asarray(rows)
        return ScoredPairs(self.scores[at], self.same[at], self.fold[at], self.people[at])


def unseen_pairs(faces: FaceSet, *, per_person: int = PER_PERSON, seed: int) -> PairSet:
    """Return genuine pairs of each person, and as many impostor pairs, in two folds of people.

    Args:
        faces: photos of people whom a system never saw.
        per_person: genuine pairs a person at most; half the people's pairs are one fold.
        seed: of the draw.

    Raises:
        SplitError: fewer than four people, or nobody with two photos.
    """
    return build_pairs(faces, genuine_per_person=per_person, folds=FOLDS, seed=seed)


def cosines(embedded: npt.NDArray[np.float32], first: IntArray, second: IntArray) -> Scores:
    """Return the (P,) cosines of pairs of rows; NaN where a vector is NaN or zero.

    >>> rows = np.array([[1, 0], [2, 2], [0, 0]], dtype=np.float32)
    >>> cosines(rows, np.array([0, 0]), np.array([1, 2])).round(3)
    array([0.707,   nan], dtype=float32)
    """
    norms = np.linalg.norm(embedded, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = embedded / norms
        found: Scores = np.einsum("pe,pe->p", unit[first], unit[second])
    return found


def verify_unseen(pairs: ScoredPairs, fars: Sequence[float] = FARS) -> tuple[Figure, ...]:
    """Return the verification figures of scored pairs, with people as clusters.

    AUC, EER, TAR at each FAR, and accuracy, FMR and FNMR at thresholds that the other folds chose
    (the best of all: convention `exact`). Pairs without a score are left out of all of these, and
    their share is a figure of its own.

    Args:
        pairs: at least one.
        fars: false accept rates to give the true accept rate at.
    """
    without = np.isnan(pairs.scores)
    lost = Figure(UNANSWERED, comparison_share(without, pairs.people))
    told = pairs.take(~without)
    names = (AUC, EER, *(f"tar@far={far:g}" for far in fars))
    if told.same.all() or not told.same.any():
        why = _lack(told, len(pairs.same))
        more = (ACCURACY, CHOSEN_FMR, CHOSEN_FNMR)
        return (*(Figure(name, None, why) for name in (*names, *more)), lost)
    genuine, impostor = told.scores[told.same], told.scores[~told.same]
    people = told.people[told.same], told.people[~told.same]
    rates = tar_at_far(genuine, impostor, fars, people=people)
    return (
        Figure(AUC, auc(genuine, impostor, people=people)),
        Figure(EER, eer(genuine, impostor, people=people).rate),
        *(Figure(f"tar@far={rate.far:g}", rate.tar, rate.why) for rate in rates),
        *_at_chosen_thresholds(told),
        lost,
    )


def false_rates(
    accepted: BoolArray, same: BoolArray, people: IntArray
) -> tuple[Estimate | None, Estimate | None]:
    """Return FMR and FNMR of decisions; None where there is no pair of that kind.

    Args:
        accepted: (P,) whether each pair is taken for one person.
        same: (P,) whether it shows one.
        people: (P, 2) who is on each.
    """
    return (
        None if same.all() else comparison_share(accepted[~same], people[~same]),
        comparison_share(~accepted[same], people[same]) if same.any() else None,
    )


def _at_chosen_thresholds(pairs: ScoredPairs) -> tuple[Figure, Figure, Figure]:
    """Return accuracy, FMR and FNMR at thresholds that never saw the people they judge."""
    names = (ACCURACY, CHOSEN_FMR, CHOSEN_FNMR)
    found = accepted_at_chosen(pairs)
    if found is None:
        why = "expected genuine and impostor pairs outside each fold, got folds without a kind"
        return Figure(names[0], None, why), Figure(names[1], None, why), Figure(names[2], None, why)
    judged, accepted = found
    fmr, fnmr = false_rates(accepted, pairs.same, pairs.people)
    return Figure(names[0], judged.pooled), Figure(names[1], fmr), Figure(names[2], fnmr)


def accepted_at_chosen(pairs: ScoredPairs) -> tuple[FoldAccuracy, BoolArray] | None:
    """Return what folds choose for one another, and (P,) which pairs are accepted there.

    None where a fold's others have no genuine pair, or no impostor pair.
    """
    folds, place = np.unique(pairs.fold, return_inverse=True)
    if any(len(np.unique(pairs.same[place != fold])) < 2 for fold in range(len(folds))):
        return None
    judged = k_fold_accuracy(
        pairs.scores, pairs.same, pairs.fold, convention="exact", people=pairs.people
    )
    return judged, np.asarray(pairs.scores >= judged.thresholds[place])


def _lack(told: ScoredPairs, asked: int) -> str:
    genuine = int(np.count_nonzero(told.same))
    return (
        f"expected genuine and impostor pairs with a score, got {genuine:,} and "
        f"{len(told.same) - genuine:,} of {asked:,} pairs"
    )
