"""Figures of one attack on one system under a mitigation, from evidence alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.audit.backdoor.figures import clean_figures, labels_of, mean_over_keys, tries_of
from faceaudit.deferred import deferred
from faceaudit.metrics import clustered_share, membership_auc, newcombe_paired, wilson
from faceaudit.metrics.clusters import clustered_spread
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    SUCCESS,
    TARGET_CLEAN,
    WRONG_KEY,
    WRONG_KEY_ROWS,
    of_key,
)
from faceaudit.records.backdoor_mitigation import (
    CLEAN_BEFORE,
    CLEAN_BEFORE_ROWS,
    CLEAN_CHANGE,
    CLEAN_REMOVED,
    DETECTED,
    DETECTION_AUC,
    INSTANCE_BEFORE_ROWS,
    POISON_AUC,
    POISON_PRECISION,
    POISON_RECALL,
    REFUSED,
    REFUSED_GLASSES,
    SUCCESS_BEFORE,
    TARGET_BEFORE,
    TARGET_NAMED,
    TRAINING_ROWS,
    WRONG_KEY_BEFORE,
    WRONG_KEY_BEFORE_ROWS,
    RankedTarget,
    at_allowance,
)
from faceaudit.types import Column, Estimate, Evidence, Figure

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

NOBODY = "it says of nobody how much they are suspected"


def mitigated_figures(
    evidence: Evidence, target: int, *, attacked: bool, allowed: Sequence[float]
) -> Iterator[Figure]:
    """Yield success and accuracy without a mitigation and with it.

    Args:
        evidence: of the case.
        target: the target's label.
        attacked: whether there is an attack: a pristine system has its accuracies alone.
        allowed: shares of clean photos that a filter of inputs may refuse; empty for others.
    """
    yield from clean_figures(evidence, target, CLEAN_BEFORE, TARGET_BEFORE, CLEAN_BEFORE_ROWS)
    if attacked:
        yield _success(evidence, SUCCESS_BEFORE, INSTANCE_BEFORE_ROWS, target)
        yield _success(evidence, NULL, NULL_ROWS, target)
        yield _wrong_keys(evidence, WRONG_KEY_BEFORE, WRONG_KEY_BEFORE_ROWS, target)
    for name in _names(allowed):
        yield from clean_figures(
            evidence, target, name(CLEAN), name(TARGET_CLEAN), name(CLEAN_ROWS)
        )
        yield _change(evidence, name(CLEAN_CHANGE), name(CLEAN_ROWS))
        if attacked:
            yield _success(evidence, name(SUCCESS), name(INSTANCE_ROWS), target)
            yield _wrong_keys(evidence, name(WRONG_KEY), name(WRONG_KEY_ROWS), target)


class _Suffixed:
    """Names at a share of false alarms; as they are where there is none."""

    def __init__(self, allowed: float | None) -> None:
        self._allowed = allowed

    def __call__(self, name: str) -> str:
        return name if self._allowed is None else at_allowance(name, self._allowed)


def _names(allowed: Sequence[float]) -> list[_Suffixed]:
    return [_Suffixed(share) for share in allowed] or [_Suffixed(None)]


def _success(evidence: Evidence, metric: str, kind: str, target: int) -> Figure:
    hits, people = tries_of(evidence, evidence.columns["kind"] == kind, target)
    return Figure(metric, clustered_share(hits, people))


def _wrong_keys(evidence: Evidence, metric: str, kind: str, target: int) -> Figure:
    rows, key = evidence.columns["kind"] == kind, evidence.columns["key"]
    each = []
    for name in dict.fromkeys(str(one) for one in key[rows]):
        hits, people = tries_of(evidence, rows & (key == name), target)
        each.append(Figure(of_key(metric, name), clustered_share(hits, people)))
    return mean_over_keys(metric, each)


def _change(evidence: Evidence, metric: str, kind: str) -> Figure:
    """Return accuracy with the mitigation less that without, on the same photos.

    The interval is that of paired photos, or as far as the changes of whole people spread where
    that is farther: photos of one person tend to change alike.
    """
    after, before = (
        np.equal(*labels_of(evidence, evidence.columns["kind"] == one))
        for one in (kind, CLEAN_BEFORE_ROWS)
    )
    cells = (after & before, after & ~before, ~after & before, ~after & ~before)
    paired = newcombe_paired(*(int(cell.sum()) for cell in cells))
    people = labels_of(evidence, evidence.columns["kind"] == kind)[0]
    change = after.astype(np.float64) - before
    spread = clustered_spread((change - change.mean()) / len(change), people)
    reach = float(special.stdtrit(spread.freedom, 0.975)) * math.sqrt(spread.variance)
    low = max(-1.0, min(paired.low, paired.value - reach))
    high = min(1.0, max(paired.high, paired.value + reach))
    method = f"newcombe, or student of {spread.clusters} people where wider 95 %"
    return Figure(metric, Estimate(paired.value, low, high, paired.n, method))


def poison_figures(
    evidence: Evidence, target: int, ranked: RankedTarget | None
) -> Iterator[Figure]:
    """Yield how well a filter of training sets finds poison.

    AUC tells poison from clean photos among those labelled as the target. Precision is of all
    photos that are left out, recall of all poison. Poison samples of one person are a cluster
    everywhere, such as copies of one photo. A pristine training set has the share of clean photos
    that are left out alone.

    Args:
        evidence: of the case.
        target: the target's label.
        ranked: where the filter puts the target; None where it suspects nobody.
    """
    rows = evidence.columns["kind"] == TRAINING_ROWS
    shown, label = labels_of(evidence, rows)
    suspicion = evidence.columns["suspicion"][rows].astype(np.float64)
    poison = evidence.columns["poison"][rows] == 1
    removed = evidence.columns["removed"][rows] == 1
    yield Figure(CLEAN_REMOVED, clustered_share(removed[~poison], label[~poison]))
    if not poison.any():
        return
    own = label == target
    # Each clean photo of the target is one of its own, apart from whom poison shows.
    cluster = np.where(poison, shown, shown.max() + 1 + np.arange(len(shown)))
    if (own & ~poison).any():
        area = membership_auc(suspicion[own], poison[own], cluster[own])
        yield Figure(POISON_AUC, area)
    else:
        yield Figure(POISON_AUC, None, "the target has no clean training photo")
    if removed.any():
        yield Figure(POISON_PRECISION, clustered_share(poison[removed], cluster[removed]))
    else:
        yield Figure(POISON_PRECISION, None, "no photo was left out")
    yield Figure(POISON_RECALL, clustered_share(removed[poison], shown[poison]))
    if ranked is None:
        yield Figure(TARGET_NAMED, None, NOBODY)
    else:
        yield Figure(TARGET_NAMED, wilson(int(ranked.rank == 1), 1))


def refusal_figures(
    evidence: Evidence, *, attacked: bool, allowed: Sequence[float]
) -> Iterator[Figure]:
    """Yield how well a filter of inputs tells backdoor instances from clean photos.

    Args:
        evidence: of the case; rows without a mitigation hold the suspicion of each photo.
        attacked: whether there are instances.
        allowed: the shares of clean photos that may be refused.
    """
    kind = evidence.columns["kind"]
    clean, instance = kind == CLEAN_BEFORE_ROWS, kind == INSTANCE_BEFORE_ROWS
    if attacked:
        both = clean | instance
        # Infinite where a photo could not be judged: ranks hold the order.
        order = np.unique(evidence.columns["suspicion"][both], return_inverse=True)[1]
        people = evidence.columns["truth"][both].astype(np.int64)
        yield Figure(DETECTION_AUC, membership_auc(order, instance[both], people))
    for share in allowed:
        yield _refused(evidence, REFUSED, CLEAN_ROWS, share)
        yield _refused_glasses(evidence, share)
        if attacked:
            yield _refused(evidence, DETECTED, INSTANCE_ROWS, share)


def _refused(evidence: Evidence, metric: str, kind: str, share: float) -> Figure:
    rows = evidence.columns["kind"] == at_allowance(kind, share)
    return Figure(at_allowance(metric, share), _share_refused(evidence, rows))


def _refused_glasses(evidence: Evidence, share: float) -> Figure:
    rows = evidence.columns["kind"] == at_allowance(CLEAN_ROWS, share)
    glasses = evidence.columns["glasses"].astype(np.int64)
    metric = at_allowance(REFUSED_GLASSES, share)
    if not (rows & (glasses >= 0)).any():
        return Figure(metric, None, "nobody knows which photos show glasses")
    if not (rows & (glasses == 1)).any():
        return Figure(metric, None, "no photo that is judged on shows glasses")
    return Figure(metric, _share_refused(evidence, rows & (glasses == 1)))


def _share_refused(evidence: Evidence, rows: Column) -> Estimate:
    truth, predicted = labels_of(evidence, rows)
    return clustered_share(predicted < 0, truth)
