"""Figures of a membership case: utility, and what each attack found, over targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    clustered_share,
    membership_auc,
    student_mean,
    tar_at_far,
    tpr_at_fpr,
)
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.records.membership import (
    ACCURACY,
    ATTACK_ACCURACY,
    AUC,
    BALANCED_ACCURACY,
    MEMBER_ACCURACY,
    AttackRunFacts,
    of_attack,
    of_target,
    realised_at,
    tar_at,
    tpr_at,
)
from faceaudit.systems.verifiers.bank import logits_of
from faceaudit.types import BoolArray, Estimate, Figure, FloatArray, IntArray

FAR = 0.01
FOLDS = 5


Measured = tuple[Estimate | None, str]
"""An estimate, or the reason why there is none."""


@dataclass(frozen=True)
class Over:
    """How figures of several targets become one.

    Attributes:
        listed: whether all targets share the same members.
        models: verifiers that are each other's shadows; None where none are.
    """

    listed: bool = False
    models: int | None = None

    def figures(
        self, metric: str, each: Sequence[Measured], *, by_membership: bool = False
    ) -> list[Figure]:
        """Return a figure over targets and one for each; a single target's is both."""
        singles = [
            Figure(of_target(metric, number), estimate, why)
            for number, (estimate, why) in enumerate(each)
        ]
        known = [estimate for estimate, _ in each if estimate is not None]
        if len(known) < len(each):
            whole = Figure(metric, None, next(why for estimate, why in each if estimate is None))
        else:
            whole = Figure(metric, self.estimate(known, by_membership=by_membership))
        return [whole, *singles]

    def estimate(self, known: Sequence[Estimate], *, by_membership: bool = False) -> Estimate:
        """Return the mean over targets.

        Where all agree, it has the widest interval of a single target: targets that agree to the
        last digit (none of 3,000 found by any) leave no spread to tell how far others may lie, but
        what each counted does. Where an attack uses which shadows learned from what, targets that
        are each other's shadows are correlated, and Student's interval is widened. Where all
        targets share the same members, they differ by their training alone: the widest interval of
        one is then added to Student's in squares, for the draw of the members.
        """
        widest = max(known, key=lambda estimate: estimate.high - estimate.low)
        if len({estimate.value for estimate in known}) == 1:
            return widest
        models = self.models if by_membership else None
        mean = student_mean([estimate.value for estimate in known], models=models)
        if not self.listed:
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


def utility_figures(answers: VerifierAnswers, targets: int) -> list[Figure]:
    """Return how well the verifiers decide on pairs that they did not learn from."""
    scenario = answers.scenario
    some = slice(scenario.pool.candidates)
    scores, same = answers.user_scores()[:targets, some], scenario.pool.same[some]
    members = scenario.member[:targets, some]
    right = (scores >= 0.5) == same
    pool, identity = scenario.pool, scenario.faces.identity
    people = np.stack([identity[pool.first[some]], identity[pool.second[some]]], axis=1)
    metrics: dict[str, list[Measured]] = {
        name: [
            _measured(partial(comparison_share, row[side], people[side]))
            for row, side in zip(right, sides, strict=True)
        ]
        for name, sides in ((ACCURACY, ~members), (MEMBER_ACCURACY, members))
    }
    metrics[tar_at(FAR)] = [
        _measure_tar(row[~member], people[~member], same[~member])
        for row, member in zip(scores, members, strict=True)
    ]
    over = Over(listed=scenario.pool.members is not None)
    return [figure for metric, each in metrics.items() for figure in over.figures(metric, each)]


def attack_figures(
    by_target: Sequence[Sequence[AttackScores]], fprs: Sequence[float], seed: int, over: Over
) -> list[Figure]:
    """Return the figures of every attack.

    Args:
        by_target: the scores of each attack, by target.
        fprs: false positive rates at which true positive rates are measured.
        seed: of the folds that balanced accuracy is chosen on.
        over: how figures of targets become one.
    """
    measure = partial(_figures_of, fprs=fprs, seed=seed, over=over)
    with ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="figures") as threads:
        return list(chain.from_iterable(threads.map(measure, zip(*by_target, strict=True))))


def _figures_of(
    attacks: Sequence[AttackScores], *, fprs: Sequence[float], seed: int, over: Over
) -> list[Figure]:
    """Return the figures of one attack, of which each target's scores are given."""
    key = attacks[0].key
    metrics: dict[str, list[Measured]] = {
        of_attack(AUC, key): [_measure_auc(attack) for attack in attacks]
    }
    for fpr in fprs:
        rates = [_measure_rate(attack, fpr) for attack in attacks]
        metrics[of_attack(tpr_at(fpr), key)] = [(rate.tpr, rate.why) for rate in rates]
        metrics[of_attack(realised_at(fpr), key)] = [(rate.realised, rate.why) for rate in rates]
    metrics[of_attack(BALANCED_ACCURACY, key)] = [
        _measure_balanced(attack, np.random.default_rng([seed, 30, number]))
        for number, attack in enumerate(attacks)
    ]
    if attacks[0].learns and attacks[0].strategy != "each":  # the highest of several is none
        metrics[of_attack(ATTACK_ACCURACY, key)] = [_measure_accuracy(attack) for attack in attacks]
    by_membership = attacks[0].by_membership
    return [
        figure
        for metric, each in metrics.items()
        for figure in over.figures(metric, each, by_membership=by_membership)
    ]


def _measured(measure: Callable[[], Estimate]) -> Measured:
    try:
        return measure(), ""
    except InputError as error:
        return None, str(error)


def _measure_accuracy(attack: AttackScores) -> Measured:
    if attack.why:
        return None, attack.why
    right = (attack.scores >= 0.5) == attack.member
    return _measured(lambda: clustered_share(right, attack.block))


def _measure_tar(scores: FloatArray, people: IntArray, same: BoolArray) -> Measured:
    who = people[same], people[~same]
    rate = tar_at_far(*logits_of(scores, same), [FAR], people=who)[0]
    return rate.tar, rate.why


def _measure_auc(attack: AttackScores) -> Measured:
    if attack.why:
        return None, attack.why
    return _measured(lambda: membership_auc(attack.scores, attack.member, attack.block))


def _measure_rate(attack: AttackScores, fpr: float) -> TprAtFpr:
    if attack.why:
        return TprAtFpr(fpr, why=attack.why)
    try:
        return tpr_at_fpr(attack.scores, attack.member, [fpr], cluster=attack.block)[0]
    except InputError as error:
        return TprAtFpr(fpr, why=str(error))


def _measure_balanced(attack: AttackScores, rng: np.random.Generator) -> Measured:
    if attack.why:
        return None, attack.why

    def measure() -> Estimate:
        fold = deal_groups(attack.block, attack.member, FOLDS, rng)
        return balanced_accuracy(attack.scores, attack.member, fold, cluster=attack.block)

    return _measured(measure)


def run_facts(attacks: Sequence[AttackScores]) -> tuple[AttackRunFacts, ...]:
    """Return the facts of each attack beside its figures."""
    return tuple(
        AttackRunFacts(
            level=attack.level,
            attack=attack.attack,
            strategy=attack.strategy,
            key=attack.key,
            adaptive=attack.adaptive,
            access=attack.access,
            queries=attack.queries,
            records=len(attack.ids),
            in_sample=attack.in_sample,
        )
        for attack in attacks
    )
