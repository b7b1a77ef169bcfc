"""What several attacks find in common: members found by one, by several, by all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.membership import column

MOST = 5
"""Attacks that can be told apart in a table of all their combinations."""


@dataclass(frozen=True)
class Combination:
    """Members that some attacks find and the others do not.

    Attributes:
        by: (A,) whether each attack finds them.
        count: how many there are.
        expected: how many there would be if attacks found members independently of one another.
    """

    by: tuple[bool, ...]
    count: int
    expected: float


@dataclass(frozen=True)
class Overlap:
    """What A attacks find of n members.

    Attributes:
        n: members, each counted once a model.
        found: (A,) how many each attack finds.
        alone: (A,) how many each finds that no other does.
        combinations: all 2 ** A, the largest first.
    """

    n: int
    found: tuple[int, ...]
    alone: tuple[int, ...]
    combinations: tuple[Combination, ...]

    def found_by(self, attacks: int) -> tuple[int, float]:
        """Return how many members exactly so many attacks find, and how many were expected."""
        some = [one for one in self.combinations if sum(one.by) == attacks]
        return sum(one.count for one in some), sum(one.expected for one in some)


def overlap(found: npt.ArrayLike, model: npt.ArrayLike) -> Overlap:
    """Count members by the attacks that find them, beside what independence would give.

    Were attacks independent, the share of a model's members that are found by some attacks and not
    by others would be the product of the shares that each finds and misses there; the expected
    number is summed over models, so that a model that gives more away to all does not count as
    agreement. More found by all than expected: attacks find the same members.

    Args:
        found: (A, N) bool, whether an attack finds a member of a model; A is at most `MOST`.
        model: (N,) which model each is a member of.

    Raises:
        InputError: fewer than two attacks or more than `MOST`, no member, or arrays that do not
            fit.

    >>> both = overlap([[True, True, False, False], [True, True, False, False]], [0, 0, 0, 0])
    >>> both.found_by(2), both.found_by(1), both.alone
    ((2, 1.0), (0, 2.0), (0, 0))
    """
    hits = np.asarray(found)
    if hits.ndim != 2 or hits.dtype != np.bool_ or not 2 <= len(hits) <= MOST or not hits.size:
        raise InputError(
            f"expected what 2 to {MOST} attacks find, (A, N) as bool, got {hits.shape} {hits.dtype}"
        )
    models = column(model, hits.shape[1], "models")
    rows = [models == one for one in np.unique(models)]
    combinations = []
    for by in product((True, False), repeat=len(hits)):
        wanted = np.array(by)[:, None]
        as_wanted = hits == wanted
        expected = sum(
            float(np.prod(as_wanted[:, some].mean(axis=1))) * int(some.sum()) for some in rows
        )
        combinations.append(Combination(by, int(as_wanted.all(axis=0).sum()), expected))
    only = hits & (hits.sum(axis=0) == 1)
    return Overlap(
        n=hits.shape[1],
        found=tuple(int(one) for one in hits.sum(axis=1)),
        alone=tuple(int(one) for one in only.sum(axis=1)),
        combinations=tuple(sorted(combinations, key=lambda one: -one.count)),
    )
