"""Which crop a network was trained on, as far as a sample of pairs can tell.

Pairs of the same photos are scored under each way to bring a face into place. What is told apart by
d-prime is then one way from another on the same pairs, people as clusters; the best is only called
better than those from which its distance is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import SplitError
from faceaudit.faces.reading.layout import PhotoLocation
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import auc, k_fold_accuracy, normalized
from faceaudit.metrics.separation import separation, separation_difference
from faceaudit.types import BoolArray, Estimate, Float64Array, FloatArray, IntArray

LEVEL = 0.95
FOLDS = 10
FEWEST = 4
"""People with two photos each: two in each of two folds."""


@dataclass(frozen=True, eq=False)
class SampledPairs:
    """P pairs of photos, as many genuine as impostor ones where people allow it.

    Attributes:
        first, second: P ids.
        same: (P,) whether a pair shows one person.
        fold: (P,) people are in one fold each.
        people: (P, 2) numbers of the people.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    same: BoolArray
    fold: IntArray
    people: IntArray

    @property
    def ids(self) -> frozenset[str]:
        """The photos."""
        return frozenset((*self.first, *self.second))

    def among(self, ids: Iterable[str]) -> SampledPairs:
        """Return the pairs whose photos are both there."""
        there = set(ids)
        rows = [
            row
            for row, pair in enumerate(zip(self.first, self.second, strict=True))
            if there.issuperset(pair)
        ]
        return SampledPairs(
            tuple(self.first[row] for row in rows),
            tuple(self.second[row] for row in rows),
            self.same[rows],
            self.fold[rows],
            self.people[rows],
        )


@dataclass(frozen=True)
class Measured:
    """What one way to frame faces gave on the pairs.

    Attributes:
        separation: d-prime of genuine and impostor cosines.
        auc: the area under the ROC curve.
        accuracy: at thresholds that the other folds chose.
        behind: d-prime of the best way less that of this one, all ways together at 95 %; None of
            the best way itself.
    """

    separation: Estimate
    auc: Estimate
    accuracy: Estimate
    behind: Estimate | None

    @property
    def shown_worse(self) -> bool:
        """Whether the best way is shown to be better than this one."""
        return self.behind is not None and self.behind.low > 0


def sample_pairs(photos: Iterable[PhotoLocation], count: int, *, seed: int) -> SampledPairs:
    """Draw pairs of photos by names alone: genuine ones of as many people as there are.

    A person's second pair comes when all others have a first. The photos of a genuine pair are of
    two videos or sessions where a person has several. Impostor pairs are of the same photos and lie
    within a fold, so that no more photos have to be embedded.

    Args:
        photos: all that there are.
        count: genuine pairs at most; there are as many impostor pairs.
        seed: of the draw; the same gives the same pairs.

    Raises:
        SplitError: fewer than four people have two photos.
    """
    by_person: dict[str, list[PhotoLocation]] = {}
    for photo in photos:
        by_person.setdefault(photo.person, []).append(photo)
    able = sorted(name for name, mine in by_person.items() if len(mine) > 1)
    if len(able) < FEWEST:
        raise SplitError(
            f"expected at least {FEWEST} people with two photos each, to draw pairs of, got "
            f"{len(able)}; give photos of more people"
        )
    drawn = [able[row] for row in np.argsort(seeded_order(tuple(able), seed)).tolist()][:count]
    couples = {name: _couples(by_person[name], seed) for name in drawn}
    most = max(map(len, couples.values()))
    genuine = [
        (person, *couples[name][turn])
        for turn in range(most)
        for person, name in enumerate(drawn)
        if turn < len(couples[name])
    ][:count]
    folds = min(FOLDS, len(drawn) // 2)
    impostor = [pair for fold in range(folds) for pair in _strangers(genuine, fold, folds)]
    rows = [(one, two, person, person) for person, one, two in genuine] + impostor
    people = np.array([row[2:] for row in rows], dtype=np.int64)
    return SampledPairs(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        np.arange(len(rows)) < len(genuine),
        people[:, 0] % folds,
        people,
    )


def judge_framings(embedded: FloatArray, ids: Sequence[str], pairs: SampledPairs) -> list[Measured]:
    """Return what each of K framings gave.

    The best has the largest d-prime. That it is better than another one is shown where Student's
    interval of their difference is above 0 at 1 - 0.05 / (K (K - 1) / 2): as many comparisons could
    have been the ones that are looked at (Bonferroni), so that of framings that are all alike one
    is called better than another in one of twenty samples at most.

    Args:
        embedded: (K, N, E).
        ids: of the N photos.
        pairs: of these photos.

    Raises:
        SplitError: too few of the pairs are left.
    """
    kinds = [len(np.unique(pairs.fold[pairs.same == kind])) for kind in (True, False)]
    if min(kinds) < 2:
        raise SplitError(
            f"expected genuine and impostor pairs in two folds, got {len(pairs.same)} pairs whose "
            "photos could be used; give photos of more people"
        )
    row = {id_: at for at, id_ in enumerate(ids)}
    first, second = (np.array([row[id_] for id_ in side]) for side in (pairs.first, pairs.second))
    scores = [_cosines(one, first, second) for one in embedded]
    found = [separation(one, pairs.same, pairs.people, level=LEVEL) for one in scores]
    best = int(np.argmax([one.value for one in found]))
    level = 1 - (1 - LEVEL) / max(1, math.comb(len(scores), 2))
    who = pairs.people[pairs.same], pairs.people[~pairs.same]
    return [
        Measured(
            distance,
            auc(one[pairs.same], one[~pairs.same], people=who),
            k_fold_accuracy(one, pairs.same, pairs.fold, people=pairs.people).accuracy,
            None
            if number == best
            else separation_difference(scores[best], one, pairs.same, pairs.people, level=level),
        )
        for number, (one, distance) in enumerate(zip(scores, found, strict=True))
    ]


def _cosines(embedded: FloatArray, first: IntArray, second: IntArray) -> Float64Array:
    unit = normalized(embedded).astype(np.float64)
    return np.asarray(np.einsum("pe,pe->p", unit[first], unit[second]))


def _couples(photos: list[PhotoLocation], seed: int) -> list[tuple[str, str]]:
    """Return pairs of one person's photos that share none, of two groups each where there are."""
    order = np.argsort(seeded_order(tuple(photo.id for photo in photos), seed)).tolist()
    first_of = {photos[row].group: photos[row].id for row in reversed(order)}
    ids = list(first_of.values()) if len(first_of) > 1 else [photos[row].id for row in order]
    return list(zip(ids[::2], ids[1::2], strict=False))


def _strangers(
    genuine: list[tuple[int, str, str]], fold: int, folds: int
) -> list[tuple[str, str, int, int]]:
    """Return impostor pairs of a fold: each pair's first photo with the second of the next one."""
    mine = [pair for pair in genuine if pair[0] % folds == fold]
    found = []
    for at, (person, one, _) in enumerate(mine):
        others = (mine[(at + step) % len(mine)] for step in range(1, len(mine)))
        other = next((pair for pair in others if pair[0] != person), None)
        if other is not None:
            found.append((one, other[2], person, other[0]))
    return found
