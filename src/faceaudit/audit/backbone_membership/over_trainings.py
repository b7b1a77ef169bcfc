"""Figures of several trainings on halves of the same people, with intervals over both.

Another training differs by its half, its first weights and the order of its photos; another audit
would have other people. Trainings and people are crossed: each person is scored on each training.
So the variance of a mean over trainings is that of clusters in two ways (Cameron, Gelbach, Miller
2011, Robust Inference With Multiway Clustering, Journal of Business & Economic Statistics 29:238):
by trainings, and by people, less what both count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics import tpr_at_fpr
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.student_mean import widened_by_shadows
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

LEVEL = 0.95
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Scored:
    """The records of one training, with the scores of an attack.

    Attributes:
        scores: (N,) higher for likelier members.
        member: (N,) who is one.
        person: (N,) numbers of people, the same in all trainings.
    """

    scores: Float64Array
    member: BoolArray
    person: IntArray

    def by_person(self) -> Scored:
        """Return one record a person: the mean over the person's photos."""
        people, first, place = np.unique(self.person, return_index=True, return_inverse=True)
        mean = np.bincount(place, self.scores) / np.bincount(place)
        return Scored(mean, self.member[first], people)

    def of_people(self, person: IntArray) -> Float64Array:
        """Return (M,) the score of each of some people, of records by person."""
        return self.scores[np.searchsorted(self.person, person)]


@dataclass(frozen=True)
class Rate:
    """A true-positive rate over trainings, or why there is none."""

    estimate: Estimate | None
    why: str = ""


def auc_over_trainings(each: Sequence[Scored], *, shadows: bool = False) -> Estimate:
    """Estimate how often a member's score beats another's, the mean over trainings.

    P(member > other) + P(equal) / 2; 0.5 is chance, higher is a stronger attack. `n` counts people.
    A person's records are a cluster, on all trainings together.

    Args:
        each: the records of each training, of members and of others.
        shadows: whether the trainings are one another's shadows, which makes figures of theirs
            alike; see `student_mean`.

    Raises:
        InputError: a training without members or without others, or none at all.

    >>> one = Scored(np.array([3.0, 1.0, 2.0]), np.array([True, False, False]), np.arange(3))
    >>> auc_over_trainings([one, one]).value
    1.0
    """
    values, added = [], []
    people = _count_people(each)
    for one in each:
        wins, losses = (
            share_below(np.sort(one.scores[~side]), one.scores[side])
            for side in (one.member, ~one.member)
        )
        value = float(np.mean(wins))
        by_member = np.bincount(one.person[one.member], wins - value, people) / len(wins)
        by_other = np.bincount(one.person[~one.member], 1 - losses - value, people) / len(losses)
        values.append(value)
        added.append(by_member + by_other)
    return _combine(values, np.array(added), each, shadows=shadows)


def tpr_over_trainings(each: Sequence[Scored], fpr: float, *, shadows: bool = False) -> Rate:
    """Estimate the share of members found at a false positive rate, the mean over trainings.

    Each training has a threshold of its own, the smallest that at most the share `fpr` of the
    others reaches (`tpr_at_fpr`); `fpr` itself is chance. The spread of thresholds between people
    is added by how steeply the rate rises there.

    Raises:
        InputError: as for `auc_over_trainings`.
    """
    values, added = [], []
    people = _count_people(each)
    for one in each:
        found = tpr_at_fpr(one.scores, one.member, [fpr])[0]
        if found.tpr is None or found.threshold is None:
            return Rate(None, found.why)
        called = one.scores >= found.threshold
        value = found.tpr.value
        count, others = np.count_nonzero(one.member), np.count_nonzero(~one.member)
        slope = _slope(one, fpr)
        wrong = np.mean(called[~one.member])
        own = np.bincount(one.person[one.member], called[one.member] - value, people) / count
        alarms = np.bincount(one.person[~one.member], called[~one.member] - wrong, people) / others
        values.append(value)
        added.append(own - slope * alarms)
    return Rate(_combine(values, np.array(added), each, shadows=shadows))


def _slope(one: Scored, fpr: float) -> float:
    """Return by how much the true-positive rate rises with the false one, about a rate."""
    others = np.sort(one.scores[~one.member])
    ends = [min(1.0, fpr * 1.5), fpr * 0.5]
    thresholds = [np.quantile(others, 1 - end) for end in ends]
    rates = [float(np.mean(one.scores[one.member] >= threshold)) for threshold in thresholds]
    return (rates[0] - rates[1]) / (ends[0] - ends[1])


def _count_people(each: Sequence[Scored]) -> int:
    for one in each:
        members = np.count_nonzero(one.member)
        if not 0 < members < len(one.member):
            raise InputError(
                f"expected members and others of each training, got {members} members of "
                f"{len(one.member)}; try more people"
            )
        if not np.isfinite(one.scores).all():
            raise InputError("expected finite scores, got some that are not")
    if not each:
        raise InputError("expected a training, got none")
    return max(int(one.person.max()) for one in each) + 1


def _combine(
    values: Sequence[float], added: Float64Array, each: Sequence[Scored], *, shadows: bool
) -> Estimate:
    """Return the mean of a figure of M trainings.

    Args:
        values: of each training.
        added: (M, P) what each person adds to each value; rows add up to nothing.
        each: the records, for how many people there are.
        shadows: as for `auc_over_trainings`.
    """
    trainings, value = len(values), float(np.mean(values))
    people = len(np.unique(np.concatenate([one.person for one in each])))
    few = people / max(1, people - 1)
    by_people = few * float(np.square(added.mean(axis=0)).sum())
    both = few * float(np.square(added).sum()) / trainings**2
    by_training = 0.0
    if trainings > 1:
        wider = widened_by_shadows(trainings, trainings if shadows else None)
        by_training = float(np.var(values, ddof=1)) / trainings * wider**2
    what = f"{trainings} trainings and {people} people"
    if by_people + by_training <= _ROUNDING or not 0 < value < 1:
        first = each[0]
        sides = [len(np.unique(first.person[side])) for side in (first.member, ~first.member)]
        low, high = score_interval(value, sides[0], sides[1], z_of(LEVEL))
        return Estimate(value, low, high, people, f"newcombe of {what} {LEVEL * 100:g} %")
    variance = max(by_people + by_training - both, by_people, by_training)
    squares = by_people**2 / max(1, people - 1)
    squares += by_training**2 / max(1, trainings - 1)
    freedom = (by_people + by_training) ** 2 / squares
    reach = float(special.stdtrit(freedom, 0.5 + LEVEL / 2))
    low, high = logit_interval(value, math.sqrt(variance), reach)
    return Estimate(value, low, high, people, f"two ways over {what}, log odds {LEVEL * 100:g} %")
