"""Means over trainings with intervals over trainings and people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from faceaudit.audit.backbone_membership.over_trainings import (
    Scored,
    auc_over_trainings,
    tpr_over_trainings,
)
from faceaudit.audit.backbone_membership.scenario import draw_halves
from faceaudit.errors import InputError
from faceaudit.metrics import tpr_at_fpr

NAMES = [f"person-{number}" for number in range(40)]


def made(
    rng: np.random.Generator,
    *,
    leak: float = 0.0,
    people: float = 1.0,
    trainings: int = 6,
    photos: int = 3,
) -> list[Scored]:
    """Scores with an effect of each person that all trainings share, and one of each training."""
    member = draw_halves(NAMES, trainings, int(rng.integers(1000)))
    person = np.repeat(np.arange(40), photos)
    looks = rng.normal(0, people, 40)
    return [
        Scored(
            looks[person]
            + leak * rng.normal(1, 0.5) * one[person]
            + rng.normal(0, 0.7, 40)[person]
            + rng.normal(0, 1, len(person)),
            one[person],
            person,
        )
        for one in member
    ]


def test_the_area_is_the_mean_of_the_trainings() -> None:
    each = made(np.random.default_rng(0), leak=1.0)
    expected = np.mean([roc_auc_score(one.member, one.scores) for one in each])
    found = auc_over_trainings(each)
    assert found.value == pytest.approx(expected)
    assert found.n == 40
    assert "6 trainings and 40 people" in found.method


def test_the_variance_is_that_of_both_ways_less_what_both_count() -> None:
    """By hand: what each person adds to each training's area, pair by pair.

    The same people are members of all trainings, which find them more or less well.
    """
    rng = np.random.default_rng(2)
    person, looks = np.repeat(np.arange(40), 3), rng.normal(0, 1, 40)
    inside = person < 20
    each = [
        Scored(looks[person] + leak * inside + rng.normal(0, 0.3, 120), inside, person)
        for leak in (0.0, 0.3, 0.6, 1.0, 1.5, 2.0)
    ]
    values, added = [], np.zeros((6, 40))
    for training, one in enumerate(each):
        inside, outside = one.scores[one.member], one.scores[~one.member]
        wins = np.mean(inside[:, None] > outside[None, :])
        values.append(wins)
        for who in range(40):
            own = one.scores[one.person == who]
            if one.member[one.person == who][0]:
                each_wins = [np.mean(score > outside) - wins for score in own]
                added[training, who] = np.sum(each_wins) / len(inside)
            else:
                each_wins = [np.mean(inside > score) - wins for score in own]
                added[training, who] = np.sum(each_wins) / len(outside)
    people = 40 / 39 * np.sum(np.mean(added, axis=0) ** 2)
    trainings = np.var(values, ddof=1) / 6
    both = 40 / 39 * np.sum(added**2) / 36
    variance = people + trainings - both
    assert variance > max(people, trainings), "the other rule would apply"
    freedom = (people + trainings) ** 2 / (people**2 / 39 + trainings**2 / 5)
    found = auc_over_trainings(each)
    ends = [np.log(end / (1 - end)) for end in (found.low, found.value, found.high)]
    half = stats.t.ppf(0.975, freedom) * np.sqrt(variance) / (found.value * (1 - found.value))
    assert ends[2] - ends[1] == pytest.approx(half)
    assert ends[1] - ends[0] == pytest.approx(half)


def test_equal_scores_count_half() -> None:
    one = Scored(np.zeros(40), np.arange(40) < 20, np.arange(40))
    found = auc_over_trainings([one, one])
    assert found.value == 0.5
    assert found.low < 0.4
    assert found.high > 0.6


def test_the_rate_is_the_mean_of_the_trainings() -> None:
    each = made(np.random.default_rng(1), leak=1.0)
    expected = [tpr_at_fpr(one.scores, one.member, [0.2])[0].tpr for one in each]
    found = tpr_over_trainings(each, 0.2).estimate
    assert found is not None
    assert found.value == pytest.approx(np.mean([one.value for one in expected if one]))


def test_a_rate_that_too_few_others_resolve_says_so() -> None:
    found = tpr_over_trainings(made(np.random.default_rng(2)), 0.01)
    assert found.estimate is None
    assert "non-members for a rate of 0.01" in found.why


@pytest.mark.parametrize("people", [0.0, 2.0])
@pytest.mark.parametrize("leak", [0.0, 1.0])
def test_intervals_hold_the_true_area_for_other_people_and_other_trainings(
    people: float, leak: float
) -> None:
    """The truth is the mean of many audits, each with people and trainings of its own."""
    rng = np.random.default_rng(3)
    found = [auc_over_trainings(made(rng, leak=leak, people=people)) for _ in range(300)]
    truth = np.mean([one.value for one in found])
    held = np.mean([one.low <= truth <= one.high for one in found])
    assert held >= 0.92, held


def test_intervals_of_rates_hold_the_true_rate() -> None:
    rng = np.random.default_rng(4)
    each = [tpr_over_trainings(made(rng, leak=1.0), 0.2).estimate for _ in range(300)]
    found = [one for one in each if one is not None]
    truth = np.mean([one.value for one in found])
    assert len(found) == 300
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.92


def test_shadows_of_one_another_have_wider_intervals() -> None:
    each = made(np.random.default_rng(5), leak=0.5)
    alone, shadows = (auc_over_trainings(each, shadows=shadows) for shadows in (False, True))
    assert shadows.high - shadows.low > alone.high - alone.low


def test_by_person_takes_the_mean_of_the_photos() -> None:
    one = Scored(np.array([1.0, 5.0, 3.0]), np.array([True, False, True]), np.array([4, 2, 4]))
    found = one.by_person()
    assert found.person.tolist() == [2, 4]
    assert found.scores.tolist() == [5.0, 2.0]
    assert found.member.tolist() == [False, True]


@pytest.mark.parametrize("member", [[True, True], [False, False]])
def test_a_training_with_one_side_alone_is_refused(member: list[bool]) -> None:
    one = Scored(np.arange(2.0), np.array(member), np.arange(2))
    with pytest.raises(InputError, match="members and others of each training"):
        auc_over_trainings([one])


def test_scores_that_are_unknown_are_refused_and_not_ranked() -> None:
    one = Scored(np.array([np.nan, 1.0]), np.array([True, False]), np.arange(2))
    with pytest.raises(InputError, match="finite"):
        auc_over_trainings([one])
