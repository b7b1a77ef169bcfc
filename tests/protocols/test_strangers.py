"""Comparisons of strangers: each two people as often as others, none twice."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from faceaudit.protocols.strangers import draw_strangers


def photos(*counts: int) -> tuple[list[str], list[str]]:
    ids = [f"p{person}/{photo}" for person, count in enumerate(counts) for photo in range(count)]
    return ids, [id_.partition("/")[0] for id_ in ids]


@pytest.mark.parametrize(("counts", "most"), [((3, 1, 50, 2), 20), ((5, 5, 5), 12), ((2,) * 9, 10)])
def test_each_two_people_are_compared_as_often_as_others(
    counts: tuple[int, ...], most: int
) -> None:
    ids, names = photos(*counts)
    first, second = draw_strangers(ids, names, most)
    assert len(first) <= most
    pairs = [frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert len(set(pairs)) == len(pairs), "none twice"
    dyads = Counter(frozenset((names[one], names[two])) for one, two in map(tuple, pairs))
    assert all(len(dyad) == 2 for dyad in dyads), "never one person"
    each = max(1, most // (len(counts) * (len(counts) - 1) // 2))
    for dyad, times in dyads.items():
        one, two = (counts[int(name[1:])] for name in dyad)
        assert times == min(each, one * two)


def test_all_there_are_where_few_are() -> None:
    ids, names = photos(2, 3, 1)
    first, _ = draw_strangers(ids, names, 1000)
    assert len(first) == 2 * 3 + 2 * 1 + 3 * 1


def test_the_order_of_photos_does_not_matter_and_the_seed_does() -> None:
    ids, names = photos(*range(1, 12))
    order = np.random.default_rng(0).permutation(len(ids))

    def drawn(ids: list[str], names: list[str], seed: int) -> set[frozenset[str]]:
        rows = draw_strangers(ids, names, 40, seed=seed)
        return {
            frozenset((ids[a], ids[b])) for a, b in zip(*map(np.ndarray.tolist, rows), strict=True)
        }

    moved = [ids[row] for row in order], [names[row] for row in order]
    assert drawn(ids, names, 0) == drawn(*moved, 0)
    assert drawn(ids, names, 0) != drawn(ids, names, 1)


def test_one_person_is_no_stranger() -> None:
    first, second = draw_strangers(*photos(4), 10)
    assert len(first) == len(second) == 0


def test_memory_does_not_grow_with_the_pairs_of_people() -> None:
    ids, names = photos(*(1,) * 20_000)  # 200 million of them
    tracemalloc.start()
    first, _ = draw_strangers(ids, names, 100)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(first) == 100
    assert most < 60e6
