"""Figures of a privacy case: utility, and what each attack found, over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from faceaudit.attacks.membership.membership import deal_groups
from faceaudit.audit.privacy.answers import Answers, Scored
from faceaudit.errors import InputError
from faceaudit.metrics import (
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


def utility_figures(answers: Answers, seeds: int) -> list[Figure]:
    """Return how well the verifiers decide on pairs that they did not learn from."""
    setting = answers.setting
    some = slice(setting.pool.candidates)
    said, same = answers.served()[:seeds, some], setting.pool.same[some]
    inside = setting.inside[:seeds, some]
    right = (said >= 0.5) == same
    return [
        *_over("accuracy", [_share(row[~mine]) for row, mine in zip(right, inside, strict=True)]),
        *_over(
            "accuracy_members", [_share(row[mine]) for row, mine in zip(right, inside, strict=True)]
        ),
        *_over(
            f"tar@far={FAR:g}",
            [
                _tar(row[~mine & same], row[~mine & ~same])
                for row, mine in zip(said, inside, strict=True)
            ],
        ),
    ]


def attack_figures(
    found: Sequence[Sequence[Scored]], fprs: Sequence[float], seed: int
) -> list[Figure]:
    """Return the figures of every attack; `found` holds, by seed, what each attack said."""
    figures = []
    for attacks in zip(*found, strict=True):
        key = attacks[0].key
        rngs = [np.random.default_rng([seed, 30, number]) for number in range(len(attacks))]
        aucs = [_auc(one, rng) for one, rng in zip(attacks, rngs, strict=True)]
        figures += _over(f"auc:{key}", aucs)
        rates = [tpr_at_fpr(one.scores, one.member, fprs) for one in attacks]
        for place, fpr in enumerate(fprs):
            each = [(rate[place].tpr, rate[place].why) for rate in rates]
            figures += _over(f"tpr@fpr={fpr:g}:{key}", each)
        figures += _over(
            f"balanced_accuracy:{key}",
            [_balanced(one, rng) for one, rng in zip(attacks, rngs, strict=True)],
        )
        if attacks[0].learns:
            figures += _over(
                f"attack_accuracy:{key}",
                [_share((one.scores >= 0.5) == one.member) for one in attacks],
            )
    return figures


def worst_of(figures: Sequence[Figure], attacks: Sequence[Scored]) -> Scored | None:
    """Return the attack on pairs with the highest AUC, in-sample ones aside."""
    known = {figure.metric: figure.estimate for figure in figures}
    honest = [
        (estimate.value, one)
        for one in attacks
        if one.level == "pair" and not one.in_sample
        if (estimate := known.get(f"auc:{one.key}")) is not None
    ]
    return max(honest, key=lambda pair: pair[0])[1] if honest else None


def evidence_of(found: Sequence[Sequence[Scored]]) -> Evidence:
    """Return one row a level, seed and record, with what each attack said of it."""
    names = list(dict.fromkeys(f"score:{one.attack}:{one.knowledge}" for one in found[0]))
    ids: list[str] = []
    parts: list[dict[str, Column]] = []
    for seed, attacks in enumerate(found):
        by_level: dict[str, list[Scored]] = {}
        for one in attacks:
            by_level.setdefault(one.level, []).append(one)
        for level, those in by_level.items():
            longest = max(those, key=lambda one: len(one.ids))
            ids += longest.ids
            parts.append(_rows(level, seed, longest, those, names))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Evidence(tuple(ids), columns)


def _rows(
    level: str, seed: int, longest: Scored, those: Sequence[Scored], names: Sequence[str]
) -> dict[str, Column]:
    count = len(longest.ids)
    columns: dict[str, Column] = {
        "level": np.full(count, level),
        "seed": np.full(count, seed),
        "member": longest.member,
    }
    columns |= {name: np.full(count, np.nan, dtype=np.float32) for name in names}
    place = {id_: row for row, id_ in enumerate(longest.ids)}
    for one in those:
        rows = (
            np.arange(count)
            if len(one.ids) == count
            else np.array([place[id_] for id_ in one.ids], dtype=np.int64)
        )
        columns[f"score:{one.attack}:{one.knowledge}"][rows] = one.scores
    return columns


Found = tuple[Estimate | None, str]


def _over(metric: str, each: Sequence[Found]) -> list[Figure]:
    """Return a figure over seeds and one for each seed; a single seed's is both."""
    singles = [
        Figure(f"{metric}:seed-{number}", estimate, why)
        for number, (estimate, why) in enumerate(each)
    ]
    known = [estimate for estimate, _ in each if estimate is not None]
    if len(known) < len(each):
        whole = Figure(metric, None, next(why for estimate, why in each if estimate is None))
    else:
        whole = Figure(metric, _of_seeds(known))
    return [whole, *singles]


def _of_seeds(known: Sequence[Estimate]) -> Estimate:
    """Return the mean over seeds; where all agree, with the widest interval of a single seed.

    Seeds that agree to the last digit (none of 3,000 found by any) leave no spread to tell how far
    others may lie; what each seed counted does.
    """
    if len({one.value for one in known}) > 1:
        return over_seeds([one.value for one in known])
    return max(known, key=lambda one: one.high - one.low)


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


def _auc(one: Scored, rng: np.random.Generator) -> Found:
    return _tried(lambda: membership_auc(one.scores, one.member, one.block, rng=rng))


def _balanced(one: Scored, rng: np.random.Generator) -> Found:
    def measure() -> Estimate:
        fold = deal_groups(one.block, one.member, FOLDS, rng)
        return balanced_accuracy(one.scores, one.member, fold)

    return _tried(measure)


def facts_of(found: Sequence[Scored]) -> list[Mapping[str, object]]:
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
