"""What changed between two measurements of the same photos, pairs or records."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.metrics.clusters import Spread, clustered_spread, dyadic_spread
from faceaudit.metrics.uncertain import Uncertain
from faceaudit.types import BoolArray, Float64Array, IntArray

_ROUNDING = 1e-18


@dataclass(frozen=True, eq=False)
class Tries:
    """N tries of one or several trainings.

    Attributes:
        hit: (N,) bool.
        people: (N,) whom each is of, or (N, 2) the two people of each pair; numbers from 0 up.
        training: (N,) the training of each; None for a single one.
    """

    hit: BoolArray
    people: IntArray
    training: IntArray | None = None

    def __post_init__(self) -> None:
        if not len(self.hit) or len(self.people) != len(self.hit):
            raise InputError(
                f"expected tries with their people, got {len(self.hit)} and {len(self.people)}"
            )


def share_change(before: Tries, after: Tries) -> Uncertain:
    """Return by how much more tries hit, with people as clusters that both sides share.

    The value is the mean of after less before; over several trainings, the mean of theirs. The
    variance is that of `clustered_spread`, or of `dyadic_spread` for pairs of people, over all
    tries of both sides: what a person has in common in them, such as being hard to recognise, goes
    out of the difference. Of the same photos on both sides it is that of their differences. A
    change of one try is added to it, as Agresti and Min 2005 add to the tries that differ
    (Statistics in Medicine 24:729); where nothing tells people apart, a change of one person.

    Args:
        before: tries before.
        after: tries after; of the same pairs of people, in the same order.

    Raises:
        InputError: people are numbered on one side, and in pairs on the other.

    >>> people = np.array([0, 0, 1, 1, 2, 2])
    >>> before = Tries(np.array([True, True, True, False, True, True]), people)
    >>> after = Tries(np.array([True, False, False, False, True, True]), people)
    >>> found = share_change(before, after)
    >>> round(found.value, 3), round(found.below, 3), found.n
    (-0.333, 0.236, 6)
    """
    if before.people.ndim != after.people.ndim:
        raise InputError("expected people of tries, or of pairs, on both sides, got one of each")
    first, second = _parts(before), _parts(after)
    if np.array_equal(before.people, after.people):
        added, people = second[1] - first[1], after.people
    else:
        added = np.concatenate([second[1], -first[1]])
        people = np.concatenate([after.people, before.people])
    n = min(len(before.hit), len(after.hit))
    return _changed(second[0] - first[0], added, people, n, "people as clusters")


def _parts(tries: Tries) -> tuple[float, Float64Array]:
    """Return the mean over trainings, and what each try adds to it."""
    index = np.zeros(len(tries.hit), dtype=np.int64)
    if tries.training is not None:
        index = np.unique(tries.training, return_inverse=True)[1]
    count = np.bincount(index)
    means = np.bincount(index, tries.hit) / count
    return float(means.mean()), (tries.hit - means[index]) / (count[index] * len(count))


def area_change(
    before: Float64Array, after: Float64Array, member: BoolArray, people: IntArray
) -> Uncertain:
    """Return by how much the AUC of the same records rises, with people as clusters.

    The variance is that of DeLong, DeLong, Clarke-Pearson 1988 (Biometrics 44:837) for areas of the
    same records, a sum over records, with products of all that share a person added.

    Args:
        before: (N,) scores, higher for likelier members.
        after: (N,) scores of the same records then.
        member: (N,) who is; both kinds are there.
        people: as `Tries` has them.

    >>> scores, member = np.array([3.0, 1.0, 2.0, 0.0]), np.array([True, True, False, False])
    >>> area_change(scores, np.array([3.0, 2.5, 2.0, 0.0]), member, np.arange(4)).value
    0.25
    """
    if not 0 < np.count_nonzero(member) < len(member):
        raise InputError("expected members and non-members, got one kind alone")
    placed = [_placements(scores, member) for scores in (before, after)]
    values = [float(one[member].mean()) for one in placed]
    sides = np.where(member, np.count_nonzero(member), np.count_nonzero(~member))
    parts = [(one - value) / sides for one, value in zip(placed, values, strict=True)]
    change, method = values[1] - values[0], "delong, people as clusters"
    return _changed(change, parts[1] - parts[0], people, len(people), method)


def _placements(scores: Float64Array, member: BoolArray) -> Float64Array:
    """Return (N,) the share of the other kind that each record is told from."""
    placed = np.empty(len(scores))
    placed[member] = share_below(np.sort(scores[~member]), scores[member])
    placed[~member] = 1 - share_below(np.sort(scores[member]), scores[~member])
    return placed


def _changed(value: float, added: Float64Array, people: IntArray, n: int, method: str) -> Uncertain:
    spread = _spread(added, people)
    same = spread.variance <= _ROUNDING
    least = 1 / spread.clusters if same else 1 / n
    error = math.sqrt(spread.variance + least**2)
    freedom = max(1.0, spread.clusters - 1 if same else spread.freedom)
    return Uncertain(value, error, error, freedom, n, f"paired, {method}")


def _spread(added: Float64Array, people: IntArray) -> Spread:
    if people.ndim == 1:
        return clustered_spread(added, people)
    return dyadic_spread(added, people)
