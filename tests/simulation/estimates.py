"""Estimates of every kind from data drawn once, each with the truth that it should hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from scipy.stats import norm, t

from faceaudit.metrics import (
    accuracy_over_trainings,
    auc,
    balanced_accuracy,
    clopper_pearson,
    closed_set,
    clustered_share,
    confusion,
    eer,
    error_rates,
    k_fold_accuracy,
    membership_auc,
    newcombe,
    newcombe_paired,
    open_set,
    share_over_keys,
    share_over_trainings,
    student_mean,
    tar_at_far,
    tpr_at_fpr,
    wilson,
)
from faceaudit.metrics.clustered_auc import clustered_auc
from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.types import Estimate
from simulation import draws
from simulation.draws import Kind, Rng

Drawn = Mapping[str, tuple[Estimate, float]]
"""For each interval an estimate and the truth that it should hold."""


def tries(rng: Rng, trials: int, share: float) -> Drawn:
    hits = int(rng.binomial(trials, share))
    return {"wilson": (wilson(hits, trials), share)}


def exact(rng: Rng, trials: int, share: float) -> Drawn:
    hits = int(rng.binomial(trials, share))
    return {"clopper_pearson": (clopper_pearson(hits, trials), share)}


def clustered(rng: Rng, sizes: tuple[int, ...], share: float, alike: float) -> Drawn:
    hits, cluster = draws.tries_in_clusters(rng, sizes, share, alike)
    return {"clustered_share": (clustered_share(hits, cluster), share)}


def difference(rng: Rng, trials: int, one: float, other: float) -> Drawn:
    counts = rng.binomial(trials, [one, other])
    found = newcombe(int(counts[0]), trials, int(counts[1]), trials)
    return {"newcombe": (found, one - other)}


def paired(rng: Rng, trials: int, cells: tuple[float, ...]) -> Drawn:
    counts = rng.multinomial(trials, cells)
    return {"newcombe_paired": (newcombe_paired(*counts.tolist()), cells[1] - cells[2])}


def trainings(rng: Rng, count: int, tries: int, mean: float, spread: float) -> Drawn:
    hits = rng.binomial(tries, draws.shares_with_spread(rng, count, mean, spread))
    each = [wilson(int(one), tries) for one in hits]
    return {"share_over_trainings": (share_over_trainings(each), mean)}


def accuracies(rng: Rng, count: int, photos: int, mean: float, spread: float) -> Drawn:
    shares = np.clip(rng.normal(mean, spread, count), 0, 1)
    each = [wilson(int(one), photos) for one in rng.binomial(photos, shares)]
    return {"accuracy_over_trainings": (accuracy_over_trainings(each), mean)}


def keys_of(rng: Rng, count: int, tries: int, mean: float, spread: float) -> Drawn:
    hits = rng.binomial(tries, draws.shares_with_spread(rng, count, mean, spread))
    return {"share_over_keys": (share_over_keys([wilson(int(one), tries) for one in hits]), mean)}


def values_of(rng: Rng, count: int) -> Drawn:
    one, other = rng.normal(0.6, 0.05, count), rng.normal(0.55, 0.05, count)
    first, second = student_mean(one), student_mean(other)
    pairs = [dict(enumerate(values.tolist())) for values in (one, other)]
    return {
        "student_mean": (first, 0.6),
        "paired_difference": (paired_difference(first, second, *pairs), 0.05),
    }


def shadows(rng: Rng, models: int, targets: int, gap: float) -> Drawn:
    found = student_mean(areas(rng, models, targets, gap), models=models)
    return {"student_mean, models": (found, mean_area(models, targets, gap))}


def shadows_twice(rng: Rng, models: int, targets: int, gap: float) -> Drawn:
    both = [areas(rng, models, targets, gap) for _ in range(2)]
    first, second = (student_mean(areas, models=models) for areas in both)
    pairs = [dict(enumerate(areas)) for areas in both]
    found = paired_difference(first, second, *pairs, models=models)
    return {"paired_difference, models": (found, 0.0)}


def trainings_twice(rng: Rng, count: int, means: tuple[float, float], spread: float) -> Drawn:
    first, second = (
        trainings(rng, count, 115, mean, spread)["share_over_trainings"][0] for mean in means
    )
    found = paired_difference(first, second, {}, {})
    return {"paired_difference, apart": (found, means[0] - means[1])}


def areas(rng: Rng, models: int, targets: int, gap: float) -> list[float]:
    scores, member = draws.likelihood_ratios(rng, models, targets, 200, gap)
    return [
        auc(one[learned], one[~learned]).value for one, learned in zip(scores, member, strict=True)
    ]


@cache
def mean_area(models: int, targets: int, gap: float) -> float:
    rng = np.random.default_rng([models, targets])
    return float(np.mean([areas(rng, models, targets, gap) for _ in range(1000)]))


def records(rng: Rng, blocks: int, size: int, gap: float, alike: float, fpr: float = 0.05) -> Drawn:
    scores, member, block = draws.records_in_blocks(rng, blocks, size, gap, alike)
    cluster = None if size == 1 else block
    point = tpr_at_fpr(scores, member, [fpr], cluster=cluster)[0]
    fold = block % 5
    found = balanced_accuracy(scores, member, fold, cluster=cluster)
    assert point.tpr is not None
    assert point.realised is not None
    assert point.threshold is not None
    return {
        "membership_auc": (membership_auc(scores, member, block), float(norm.cdf(gap / 2**0.5))),
        "tpr_at_fpr": (point.tpr, float(norm.sf(norm.isf(fpr) - gap))),
        "tpr_at_fpr, realised": (point.realised, float(norm.sf(point.threshold))),
        "balanced_accuracy": (found, balanced(scores, member, fold, gap)),
    }


def balanced(
    scores: draws.Float64Array, member: draws.BoolArray, fold: draws.IntArray, gap: float
) -> float:
    """Return the balanced accuracy that the thresholds chosen by Youden's rule really have."""
    found = []
    for one in range(5):
        some, truth = scores[fold != one], member[fold != one]
        order = np.argsort(-some)
        tpr, fpr = (np.cumsum(side[order]) / side.sum() for side in (truth, ~truth))
        limit = some[order][int(np.argmax(tpr - fpr))]
        found.append((norm.sf(limit - gap) + norm.cdf(limit)) / 2)
    return float(np.mean(found))


def areas_of_blocks(rng: Rng, blocks: int, size: int, gap: float, alike: float) -> Drawn:
    scores, member, block = draws.records_in_blocks(rng, blocks, size, gap, alike)
    return {
        "membership_auc": (membership_auc(scores, member, block), float(norm.cdf(gap / 2**0.5)))
    }


def few_people(rng: Rng, people: int, gap: float, alike: float, kind: Kind) -> Drawn:
    """Draw 500 + 500 pairs of few people: at a FAR of 0.01 five impostors pass, of fewer people."""
    drawn, far = draws.comparisons(rng, people, 500, gap, alike, kind), 0.01
    point = tar_at_far(*drawn.sides, [far], people=drawn.compared)[0]
    assert point.tar is not None
    return {"tar_at_far": (point.tar, float(norm.sf(norm.isf(far) - gap)))}


def verified(rng: Rng, gap: float, alike: float, kind: Kind, *, told: bool = True) -> Drawn:
    """Draw 600 + 600 pairs of 150 people, and judge them at a FAR of 0.01, people told or not."""
    drawn, far = draws.comparisons(rng, 150, 600, gap, alike, kind), 0.01
    genuine, impostor = drawn.sides
    compared = drawn.compared if told else None
    people = drawn.people if told else None
    wrong = float(norm.sf(gap / 2))
    rates = error_rates(genuine, impostor, gap / 2, people=compared)
    point = tar_at_far(genuine, impostor, [far], people=compared)[0]
    folds = k_fold_accuracy(drawn.scores, drawn.same, drawn.fold, people=people)
    right = [(norm.cdf(limit) + norm.sf(limit - gap)) / 2 for limit in folds.thresholds]
    counts = confusion(drawn.same, drawn.scores, gap / 2, people=people)
    assert point.tar is not None
    assert point.realised is not None
    assert point.threshold is not None
    assert counts.precision is not None
    assert counts.f1 is not None
    return {
        "auc": (auc(genuine, impostor, people=compared), float(norm.cdf(gap / 2**0.5))),
        "eer": (eer(genuine, impostor, people=compared).rate, wrong),
        "error_rates, fmr": (rates.fmr, wrong),
        "error_rates, fnmr": (rates.fnmr, wrong),
        "tar_at_far": (point.tar, float(norm.sf(norm.isf(far) - gap))),
        "tar_at_far, realised": (point.realised, float(norm.sf(point.threshold))),
        "k_fold_accuracy": (folds.accuracy, float(np.mean(right))),
        "k_fold_accuracy, pooled": (folds.pooled, float(np.mean(right))),
        "confusion, precision": (counts.precision, 1 - wrong),
        "confusion, f1": (counts.f1, 1 - wrong),
    }


def few_passed(
    rng: Rng, genuines: int, impostors: int, far: float, gap: float, *, heavy: bool = False
) -> Drawn:
    """Draw impostor scores, normal or of Student's t with four degrees of freedom, halved."""
    genuine, impostor = rng.standard_normal(genuines) + gap, rng.standard_normal(impostors)
    limit = norm.isf(far)
    if heavy:
        impostor, limit = rng.standard_t(4, impostors) / 2, t.isf(far, 4) / 2
    point = tar_at_far(genuine, impostor, [far])[0]
    assert point.tar is not None
    return {"tar_at_far": (point.tar, float(norm.sf(limit - gap)))}


def gate(rng: Rng, alike: float) -> Drawn:
    drawn = draws.comparisons(rng, 150, 600, 0.0, alike, "quality")
    return {"clustered_auc": (clustered_auc(drawn.scores, drawn.same, drawn.people), 0.5)}


def searched(rng: Rng, people: int, each: int, alike: float) -> Drawn:
    results, who = draws.searches(rng, people, each, alike)
    told = who if each > 1 else None
    rank = closed_set(results, people=told, ranks=(1,))[0].rate
    point = open_set(results, [0.1], people=told)[0]
    assert rank is not None
    assert point.tpir is not None
    assert point.realised is not None
    assert point.threshold is not None
    return {
        "closed_set": (rank, 0.9),
        "open_set": (point.tpir, 0.9 * float(norm.sf(norm.isf(0.1) - 3))),
        "open_set, realised": (point.realised, float(norm.sf(point.threshold))),
    }
