"""Comparisons of strangers, drawn so that each two people are compared as often as others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.faces.seeded_order import seeded_order
from faceaudit.types import IntArray

STRANGERS = 200_000
"""Comparisons of two people that thresholds rest on, where pairs are built."""


def draw_strangers(
    ids: Sequence[str], names: Sequence[str], most: int = STRANGERS, *, seed: int = 0
) -> tuple[IntArray, IntArray]:
    """Return photos of two people each, none of the comparisons twice.

    Each two people are drawn as often as others, so that somebody with many photos is no more of
    the strangers than anybody else: in as many comparisons as fit into `most`, or, where there are
    more people than that, at most once. Fewer only where they have fewer photos between them. The
    same photos and seed give the same comparisons in whatever order the photos are held.

    Args:
        ids: N ids of photos, unique.
        names: N names, of the person on each.
        most: comparisons at most.
        seed: of the draw.

    Returns:
        (n,) rows of the first and of the second photos; none where there is one person at most.

    >>> first, second = draw_strangers(["a/1", "a/2", "b/1", "c/1"], ["a", "a", "b", "c"])
    >>> sorted(tuple(sorted(pair)) for pair in zip(first.tolist(), second.tolist()))
    [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    """
    people, identity = np.unique(np.asarray(names), return_inverse=True)
    order = np.lexsort((seeded_order(ids, seed), identity))
    count = np.bincount(identity, minlength=len(people))
    start = np.cumsum(count) - count
    rng = np.random.default_rng(seed)
    dyads = len(people) * (len(people) - 1) // 2
    if dyads > most:
        chosen = np.sort(rng.choice(dyads, most, replace=False, shuffle=False))
    else:
        chosen = np.arange(dyads)
    one, two = _dyads(chosen)
    product = count[one] * count[two]
    each = np.minimum(product, max(1, most // max(1, dyads)))
    # Even steps from a random start: never the same comparison twice.
    dyad = np.repeat(np.arange(len(chosen)), each)
    within = np.arange(len(dyad)) - np.repeat(np.cumsum(each) - each, each)
    step = (within + rng.random(len(chosen))[dyad]) * product[dyad] / each[dyad]
    code = np.minimum(step.astype(np.int64), product[dyad] - 1)
    first, second = np.divmod(code, count[two][dyad])
    return order[start[one][dyad] + first], order[start[two][dyad] + second]


def _dyads(code: IntArray) -> tuple[IntArray, IntArray]:
    """Return (i, j) with i < j and code = j (j - 1) / 2 + i."""
    j = ((1 + np.sqrt(1 + 8 * code.astype(np.float64))) / 2).astype(np.int64)
    j -= j * (j - 1) // 2 > code
    j += (j + 1) * j // 2 <= code
    return code - j * (j - 1) // 2, j
