"""Figures of a privacy case: utility, and what each attack found, over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

import numpy as np
import torch

from faceaudit.attacks.membership.base import deal_groups
from faceaudit.audit.membership.answers import AttackScores, VerifierAnswers
from faceaudit.errors import InputError
from faceaudit.metrics import (
    TprAtFpr,
    balanced_accuracy,
    membership_auc,
    over_seeds,
    tar_at_far,
    tpr_at_fpr,
    wilson,
)
from faceaudit.store import Figure
from faceaudit.types import Column, Estimate, Evidence

FAR = 0.01
FOLDS = 5
RESAMPLES = 200
"""Of a bootstrap that only a standard error is taken from, which it tells to a twentieth."""


def utility_figures(answers: VerifierAnswers, seeds: int) -> list[Figure]:
    """Return how well the verifiers decide on pairs that they did not learn from."""
    setting = answers.setting
    some = slice(setting.pool.candidates)
    said, same = answers.user_scores()[:seeds, some], setting.pool.same[some]
    inside = setting.inside[:seeds, some]
    right = (said >= 0.5) == same
    metrics: dict[str, list[Found]] = {
        "accuracy": [_share(row[~mine]) for row, mine in zip(right, inside, strict=True)],
        "accuracy_members": [_share(row[mine]) for row, mine in zip(right, inside, strict=True)],
        f"tar@far={FAR:g}": [
            _tar(row[~mine & same], row[~mine & ~same])
            for row, mine in zip(said, inside, strict=True)
        ],
    }
    listed = setting.pool.members is not None
    return [one for metric, each in metrics.items() for one in _over(metric, each, listed=listed)]


def attack_figures(
    found: Sequence[Sequence[AttackScores]],
    fprs: Sequence[float],
    seed: int,
    *,
    listed: bool = False,
) -> list[Figure]:
    """Return the figures of every attack.

    Args:
        found: by seed, what each attack said.
        fprs: false positive rates at which true positive rates are told.
        seed: of the intervals' resampling.
        listed: whether all seeds share the same members; see `of_seeds`.
    """
    measure = partial(_figures_of, fprs=fprs, seed=seed, listed=listed)
    with ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="figures") as threads:
        return list(chain.from_iterable(threads.map(measure, zip(*found, strict=True))))


def _figures_of(
    attacks: Sequence[AttackScores], *, fprs: Sequence[float], seed: int, listed: bool
) -> list[Figure]:
    """Return the figures of one attack, of which each seed's scores are given."""
    key = attacks[0].key
    rngs = [np.random.default_rng([seed, 30, number]) for number in range(len(attacks))]
    metrics: dict[str, list[Found]] = {
        f"auc:{key}": [_auc(one, rng) for one, rng in zip(attacks, rngs, strict=True)]
    }
    for fpr in fprs:
        rates = [_rate(one, fpr) for one in attacks]
        metrics[f"tpr@fpr={fpr:g}:{key}"] = [(rate.tpr, rate.why) for rate in rates]
        metrics[f"realised@fpr={fpr:g}:{key}"] = [(rate.realised, rate.why) for rate in rates]
    metrics[f"balanced_accuracy:{key}"] = [
        _balanced(one, rng) for one, rng in zip(attacks, rngs, strict=True)
    ]
    if attacks[0].learns and attacks[0].knowledge != "each":  # the highest of several is none
        metrics[f"attack_accuracy:{key}"] = [
            (None, one.why) if one.why else _share((one.scores >= 0.5) == one.member)
            for one in attacks
        ]
    return [one for metric, each in metrics.items() for one in _over(metric, each, listed=listed)]


def evidence_of(found: Sequence[Sequence[AttackScores]]) -> Evidence:
    """Return one row a level, seed and record, with what each attack said of it."""
    names = list(dict.fromkeys(f"score:{one.attack}:{one.knowledge}" for one in found[0]))
    ids: list[str] = []
    parts: list[dict[str, Column]] = []
    for seed, attacks in enumerate(found):
        by_level: dict[str, list[AttackScores]] = {}
        for one in attacks:
            by_level.setdefault(one.level, []).append(one)
        for level, those in by_level.items():
            longest = max(those, key=lambda one: len(one.ids))
            ids += longest.ids
            parts.append(_rows(level, seed, longest, those, names))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Evidence(tuple(ids), columns)


def _rows(
    level: str,
    seed: int,
    longest: AttackScores,
    those: Sequence[AttackScores],
    names: Sequence[str],
) -> dict[str, Column]:
    count = len(longest.ids)
    columns: dict[str, Column] = {
        "level": np.full(count, level),
        "seed": np.full(count, seed),
        "member": longest.member,
    }
    columns |= {name: np.full(count, np.nan, dtype=np.float32) for name in names}
    for one in those:
        place = np.searchsorted(longest.rows, one.rows)
        columns[f"score:{one.attack}:{one.knowledge}"][place] = one.scores
    return columns


Found = tuple[Estimate | None, str]


def _over(metric: str, each: Sequence[Found], *, listed: bool = False) -> list[Figure]:
    """Return a figure over seeds and one for each seed; a single seed's is both."""
    singles = [
        Figure(f"{metric}:seed-{number}", estimate, why)
        for number, (estimate, why) in enumerate(each)
    ]
    known = [estimate for estimate, _ in each if estimate is not None]
    if len(known) < len(each):
        whole = Figure(metric, None, next(why for estimate, why in each if estimate is None))
    else:
        whole = Figure(metric, of_seeds(known, listed=listed))
    return [whole, *singles]


def of_seeds(known: Sequence[Estimate], *, listed: bool = False) -> Estimate:
    """Return the mean over seeds.

    Where all agree, it has the widest interval of a single seed: seeds that agree to the last
    digit (none of 3,000 found by any) leave no spread to tell how far others may lie, but what each
    counted does. Where all seeds share the same members, they differ by their training alone: the
    widest interval of one is then added to Student's in squares, for the draw of the members.
    """
    widest = max(known, key=lambda one: one.high - one.low)
    if len({one.value for one in known}) == 1:
        return widest
    mean = over_seeds([one.value for one in known])
    if not listed:
        return mean
    below = math.hypot(mean.value - mean.low, widest.value - widest.low)
    above = math.hypot(mean.high - mean.value, widest.high - widest.value)
    return Estimate(
        mean.value,
        max(0.0, mean.value - below),
        min(1.0, mean.value + above),
        widest.n,
        f"{mean.method}, with {widest.method}",
    )


def _tried(measure: Callable[[], Estimate]) -> Found:
    try:
        return measure(), ""
    except InputError as error:
        return None, str(error)


def _share(right: Column) -> Found:
    return _tried(lambda: wilson(int(right.sum()), len(right)))


def _tar(genuine: Column, impostor: Column) -> Found:
    found = tar_at_far(genuine, impostor, [FAR])[0]
    return found.tar, found.why


def _auc(one: AttackScores, rng: np.random.Generator) -> Found:
    if one.why:
        return None, one.why
    return _tried(
        lambda: membership_auc(one.scores, one.member, one.block, rng=rng, resamples=RESAMPLES)
    )


def _rate(one: AttackScores, fpr: float) -> TprAtFpr:
    return TprAtFpr(fpr, why=one.why) if one.why else tpr_at_fpr(one.scores, one.member, [fpr])[0]


def _balanced(one: AttackScores, rng: np.random.Generator) -> Found:
    if one.why:
        return None, one.why

    def measure() -> Estimate:
        fold = deal_groups(one.block, one.member, FOLDS, rng)
        return balanced_accuracy(one.scores, one.member, fold)

    return _tried(measure)


def facts_of(found: Sequence[AttackScores]) -> list[Mapping[str, object]]:
    """Return what is to be known of each attack beside its figures."""
    return [
        {
            "level": one.level,
            "attack": one.attack,
            "knowledge": one.knowledge,
            "adaptive": one.adaptive,
            "access": one.access,
            "queries": one.queries,
            "records": len(one.ids),
            "in_sample": one.in_sample,
            "key": one.key,
        }
        for one in found
    ]
