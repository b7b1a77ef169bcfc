"""Directions that were cut out of the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceaudit.mitigations.scan.shattered_directions import ShatteredDirections
from mitigations.scan.planted import CLASSES, Layers, Planted, subject

NONE = np.empty(0, dtype=np.int64)


def shattered(layers: Layers, person: int) -> Layers:
    """Cut a person's direction out of the features, as Zehavi et al. do."""
    row = layers.head.weight[person] - layers.head.weight.mean(0)
    unit = row / row.norm()
    layers.features.weight -= torch.outer(unit, unit @ layers.features.weight)
    return layers


@pytest.mark.parametrize("person", [0, 17, CLASSES - 1])
def test_a_person_who_was_cut_out_is_named(person: int) -> None:
    found = ShatteredDirections().suspect(
        subject(Planted(shattered(Layers(3, None, 0), person))), NONE
    )
    assert found.classes[0] == person
    assert found.chance[person] < 0.01
    assert found.ratio > 1_000
    assert found.value[person] == pytest.approx(1, abs=1e-3)


def test_weights_that_nobody_changed_lack_nothing() -> None:
    lowest = [
        float(
            ShatteredDirections()
            .suspect(subject(Planted(Layers(seed, None, 0))), NONE)
            .chance.min()
        )
        for seed in range(20)
    ]
    assert sum(chance < 0.05 for chance in lowest) <= 4


def test_units_that_never_fire_are_no_surgery() -> None:
    layers = Layers(4, None, 0)
    layers.features.weight[[2, 9]] = 0
    found = ShatteredDirections().suspect(subject(Planted(layers)), NONE)
    assert found.ratio < 100
    assert found.chance.min() > 0.05


def test_too_few_strangers_say_nothing() -> None:
    found = ShatteredDirections().suspect(subject(Planted(Layers(0, None, 0, size=200))), NONE)
    assert "expected twice as many photos" in found.why
