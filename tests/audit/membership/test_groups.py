"""Whom a leak hits: attacks on people by group, against counts by brute force."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from faceaudit.attacks.membership.base import Access
from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.groups import NO_RATIO, _found, areas_by_group, group_figures
from faceaudit.faces.groups import Grouping

PEOPLE = 60
GROUP = np.repeat([0, 1, -1], [24, 24, 12])
HAS = np.stack([GROUP == 0, GROUP == 1], axis=1)
GROUPING = Grouping("tone", "people", ("light", "deep"), GROUP, GROUP, HAS)


def attack(seed: int, *, leak: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> AttackScores:
    """Return scores of everybody; members of a group score higher by so much."""
    rng = np.random.default_rng(seed)
    member = rng.permuted(np.arange(PEOPLE) % 2 == 0)
    scores = np.round(rng.normal(0, 1, PEOPLE) + member * np.array(leak)[GROUP], 1)
    access: Access = "scores"
    return AttackScores(
        level="identity",
        attack="made",
        strategy="served",
        adaptive=False,
        access=access,
        in_sample=False,
        ids=tuple(f"p{number}" for number in range(PEOPLE)),
        member=member,
        block=np.arange(PEOPLE),
        scores=scores,
        queries=1,
        learns=False,
        rows=np.arange(PEOPLE),
    )


def test_areas_are_how_often_a_member_beats_a_non_member_of_the_group_on_a_target() -> None:
    attacks = [attack(seed) for seed in range(3)]
    found = areas_by_group(attacks, [np.arange(PEOPLE)] * 3, GROUPING, seed=0)
    for number, group in enumerate(found.groups):
        wins = tries = 0.0
        for one in attacks:
            for inside in np.flatnonzero(one.member & (number == GROUP)):
                for outside in np.flatnonzero(~one.member & (number == GROUP)):
                    tries += 1
                    wins += float(one.scores[inside] > one.scores[outside])
                    wins += float(one.scores[inside] == one.scores[outside]) / 2
        assert group.rate is not None
        assert group.rate.value == pytest.approx(wins / tries)
        assert group.rate.n == tries
    assert found.max_over_geomean == (None, NO_RATIO)
    assert found.difference[0] is not None


def test_a_leak_that_hits_one_group_is_found_and_one_that_hits_all_is_not_more_than_stated() -> (
    None
):
    told = {0.0: 0, 2.0: 0}
    for more in told:
        for seed in range(25):
            attacks = [attack(100 * seed + target, leak=(0.5, 0.5 + more, 0)) for target in (0, 1)]
            p = areas_by_group(attacks, [np.arange(PEOPLE)] * 2, GROUPING, seed=seed).p[0]
            assert p is not None
            told[more] += p.value <= 0.05
    assert told[0.0] <= 4  # 25 at 5 %: 99 times of 100 no more than 4
    assert told[2.0] >= 21


def test_intervals_of_areas_cover_what_many_more_people_would_show() -> None:
    held = 0
    truth = 0.7602  # P(X + 1 > Y) of two standard normal scores
    for seed in range(60):
        (light, _) = areas_by_group(
            [attack(10 * seed + target) for target in range(3)],
            [np.arange(PEOPLE)] * 3,
            GROUPING,
            seed=0,
        ).groups
        assert light.rate is not None
        held += light.rate.low <= truth <= light.rate.high
    assert held >= 0.9 * 60


def test_members_are_found_at_one_threshold_for_all_groups() -> None:
    one = attack(0)
    others = np.sort(one.scores[~one.member])[::-1]
    found = _found(one, 0.1)
    assert found.tolist() == (one.scores[one.member] > others[3]).tolist()
    assert np.count_nonzero(one.scores[~one.member] > others[3]) <= 3


def case(scores: np.ndarray[Any, Any], member: np.ndarray[Any, Any], fprs: list[float]) -> Any:
    """Return answers of targets about pairs of people with two photos each."""
    rng = np.random.default_rng(9)
    pairs = scores.shape[1]
    first = rng.integers(0, 2 * PEOPLE, pairs)
    second = np.where(np.arange(pairs) % 2 == 0, first ^ 1, rng.integers(0, 2 * PEOPLE, pairs))
    identity = np.arange(2 * PEOPLE) // 2
    pool = SimpleNamespace(
        candidates=pairs - 50,
        first=first,
        second=second,
        same=identity[first] == identity[second],
    )
    names = tuple(f"p{number}" for number in range(PEOPLE))
    scenario = SimpleNamespace(
        pool=pool,
        member=member,
        faces=SimpleNamespace(identity=identity, names=names),
        groupings=(GROUPING,),
        seed=0,
        plan=SimpleNamespace(fprs=fprs),
    )
    return SimpleNamespace(scenario=scenario, user_scores=lambda: scores)


def test_decisions_count_on_pairs_that_a_target_did_not_learn_from() -> None:
    rng = np.random.default_rng(1)
    scores, member = np.round(rng.random((4, 2000)), 1), rng.random((4, 2000)) < 0.5
    answers = case(scores, member, [])
    figures = {one.metric: one for one in group_figures(answers, [[], []], None)}
    pool = answers.scenario.pool
    for number, name in enumerate(GROUPING.names):
        wrong: dict[bool, list[bool]] = {True: [], False: []}
        for target in range(2):  # two of four are attacked
            for pair in range(pool.candidates):
                people = pool.first[pair] // 2, pool.second[pair] // 2
                if member[target, pair] or {GROUP[one] for one in people} != {number}:
                    continue
                accepted = scores[target, pair] >= 0.5
                wrong[bool(pool.same[pair])].append(accepted != pool.same[pair])
        for metric, same in (("fmr", False), ("fnmr", True)):
            estimate = figures[f"{metric}|tone={name}"].estimate
            assert estimate is not None
            assert estimate.n == len(wrong[same])
            assert estimate.value == pytest.approx(np.mean(wrong[same]))


def test_a_rate_that_no_target_resolves_has_no_members_found_and_says_so() -> None:
    answers = case(np.zeros((1, 100)), np.zeros((1, 100), dtype=bool), [0.01, 1 / 30])
    figures = {one.metric: one for one in group_figures(answers, [[attack(0)]], attack(0).key)}
    few = figures["strongest_tpr@fpr=0.01:identity|tone:max/geomean"]
    assert few.estimate is None
    assert "30" in few.why_none
    assert "strongest_tpr@fpr=0.01:identity|tone=light" not in figures
    fewer = attack(1)
    fewer = replace(fewer, member=fewer.member | (np.arange(PEOPLE) < 2))  # 29 or 28 of them
    both = {one.metric: one for one in group_figures(answers, [[attack(0)], [fewer]], fewer.key)}
    short = next(one for name, one in both.items() if "tpr@fpr=0.03" in name)
    assert short.estimate is None
    # One of thirty non-members may reach the threshold: that is just enough.
    known = next(
        one for name, one in figures.items() if "tpr@fpr=0.03" in name and name.endswith("=light")
    )
    assert known.estimate is not None
