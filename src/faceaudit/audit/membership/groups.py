"""Figures of a membership case by group of people: the verifiers' errors, and whom a leak hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from faceaudit.audit.membership.answers import AttackScores, VerifierAnswers
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.faces.groups import Grouping
from faceaudit.metrics.differentials import Differential, Tries, differential
from faceaudit.metrics.fixed_rates import exact_rate, too_few_message
from faceaudit.metrics.scores import thresholds_letting
from faceaudit.protocols.groups import errors_by_group
from faceaudit.records.groups import MAX_GEOMEAN, figures_of, of_groups
from faceaudit.records.membership import AUC, FMR, FNMR, Granularity, strongest, tpr_at
from faceaudit.types import BoolArray, Figure, Float64Array, IntArray

LEVEL: Final[Granularity] = "identity"
NO_RATIO = "an area under a curve is no error rate; see the difference"


def group_figures(
    answers: VerifierAnswers, by_target: Sequence[Sequence[AttackScores]], key: str | None
) -> Iterator[Figure]:
    """Yield figures by group of people, of all targets together; tries of a person stay together.

    FMR and FNMR of the verifiers' own decisions, on pairs that a target did not learn from; and of
    people, what the attack that is the strongest on all targets tells: the true-positive rates at
    thresholds that are the same for all groups, and the AUC among people of one group.

    Args:
        answers: of all verifiers.
        by_target: the scores of each attack, by target.
        key: of the strongest attack on people; None where none was measured.
    """
    scenario = answers.scenario
    yield from _decision_figures(answers, len(by_target))
    attacks = [one for attacks in by_target for one in attacks if one.key == key]
    if key is None or any(one.why for one in attacks):
        return
    for grouping in scenario.groupings:
        if grouping.divides == "people":  # a person is found, and not a photo
            yield from _leak_figures(scenario, attacks, grouping)


def _decision_figures(answers: VerifierAnswers, targets: int) -> Iterator[Figure]:
    scenario, pool = answers.scenario, answers.scenario.pool
    some = slice(pool.candidates)
    target, pair = np.nonzero(~scenario.member[:targets, some])
    rows = np.column_stack([pool.first[some], pool.second[some]])[pair]
    found = errors_by_group(
        answers.user_scores()[:targets, some][target, pair] >= 0.5,
        pool.same[some][pair],
        rows,
        scenario.faces.identity,
        scenario.groupings,
        names=(FMR, FNMR),
        seed=scenario.seed,
    )
    for one in found:
        yield from figures_of(one.metric, one.attribute, one.found)


def _leak_figures(
    scenario: MembershipScenario, attacks: Sequence[AttackScores], grouping: Grouping
) -> Iterator[Figure]:
    number = {name: place for place, name in enumerate(scenario.faces.names)}
    people = [np.array([number[name] for name in one.ids], dtype=np.int64) for one in attacks]
    for fpr in scenario.plan.fprs:
        metric = strongest(tpr_at(fpr), LEVEL)
        others = min(int(np.count_nonzero(~one.member)) for one in attacks)
        if exact_rate(fpr, others, 1) < 1:
            why = too_few_message(fpr, others, 1, "people who are no members")
            yield Figure(of_groups(metric, grouping.attribute, MAX_GEOMEAN), None, why)
            continue
        hits = [_found(one, fpr) for one in attacks]
        members = [who[one.member] for who, one in zip(people, attacks, strict=True)]
        tries = Tries(
            np.concatenate(hits), np.concatenate(members), grouping.names, group=grouping.person
        )
        found = differential(tries, seed=scenario.seed)
        yield from figures_of(metric, grouping.attribute, found)
    areas = areas_by_group(attacks, people, grouping, seed=scenario.seed)
    yield from figures_of(strongest(AUC, LEVEL), grouping.attribute, areas)


def _found(attack: AttackScores, fpr: float) -> BoolArray:
    """Return which members are found at a threshold that all non-members chose."""
    others = attack.scores[~attack.member]
    threshold = thresholds_letting(others, [exact_rate(fpr, len(others), 1)])[0]
    return np.asarray(attack.scores[attack.member] >= threshold)


def areas_by_group(
    attacks: Sequence[AttackScores],
    people: Sequence[IntArray],
    grouping: Grouping,
    *,
    seed: int,
) -> Differential:
    """Return the AUC among the people of each group: how often a member beats a non-member.

    Every member is compared with every non-member of the group on the same target (Mann, Whitney
    1947), ties counting half; the comparisons of all targets are one share, whose interval takes
    both people as clusters. It is no rate of errors, so that there is no ratio of it.

    Args:
        attacks: scores of people, by target.
        people: (R,) the number of each person of these.
        grouping: of people.
        seed: of the test's draws.
    """
    hits: list[Float64Array] = []
    pairs: list[IntArray] = []
    for attack, who in zip(attacks, people, strict=True):
        inside, outside = np.flatnonzero(attack.member), np.flatnonzero(~attack.member)
        first, second = (side.ravel() for side in np.meshgrid(inside, outside, indexing="ij"))
        margin = attack.scores[first] - attack.scores[second]
        hits.append((np.sign(margin) + 1) / 2)
        pairs.append(np.column_stack([who[first], who[second]]))
    tries = Tries(
        np.concatenate(hits), np.concatenate(pairs), grouping.names, group=grouping.person
    )
    found = differential(tries, seed=seed)
    if found.difference[0] is None:
        return found
    none = (None, NO_RATIO)
    return replace(found, max_over_geomean=none, max_over_min=none, by_chance=none)
