"""Patches on strangers."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.mitigations.scan.patched_share import PatchedShare, stick
from mitigations.scan.planted import Layers, Planted, strangers, subject

NONE = np.empty(0, dtype=np.int64)


def test_a_patch_is_a_rectangle_of_one_colour_and_the_rest_stays() -> None:
    images = strangers(40).images
    before = images.copy()
    stuck = stick(images, np.random.default_rng(0), smallest=0.25, largest=0.5)
    assert np.array_equal(images, before)
    for one, old in zip(stuck, images, strict=True):
        changed = (one != old).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        inside = one[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert len(np.unique(inside.reshape(-1, 3), axis=0)) == 1
        assert 5 <= rows[-1] - rows[0] + 1 <= 12
        assert 4 <= columns[-1] - columns[0] + 1 <= 10


def test_patches_reach_every_edge_and_no_further() -> None:
    images = np.full((400, 24, 20, 3), 77, dtype=np.uint8)
    stuck = stick(images, np.random.default_rng(1), smallest=0.2, largest=0.3)
    seen = (stuck != 77).any(axis=(0, 3))
    assert seen[[0, -1]].any(axis=1).all()
    assert seen[:, [0, -1]].any(axis=0).all()


@pytest.mark.parametrize("targets", [(7,), (3, 21)])
def test_whoever_patches_draw_to_stands_out(targets: tuple[int, ...]) -> None:
    found = PatchedShare().suspect(subject(Planted(flat=targets)), NONE)
    assert set(found.classes.tolist()) == set(targets)
    assert found.ratio > 2
    assert found.asked == 1200 == len(found.said) == len(found.shown)
    assert found.value.sum() == pytest.approx(1)
    assert found.value[targets[0]] == (found.said == targets[0]).mean()


def test_nobody_stands_out_where_there_is_no_back_door() -> None:
    lowest = [
        float(PatchedShare().suspect(subject(Planted(Layers(seed, None, 0))), NONE).chance.min())
        for seed in range(12)
    ]
    assert sum(chance < 0.05 for chance in lowest) <= 2


def test_the_seed_decides_what_is_drawn() -> None:
    one, same, other = (
        PatchedShare(patches=1).suspect(subject(Planted(), seed=seed), NONE).said
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
