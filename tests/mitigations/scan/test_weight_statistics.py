"""Whose weights are unlike those of others."""

from __future__ import annotations

import numpy as np
import torch

from faceaudit.mitigations.scan.weight_statistics import WeightStatistics
from faceaudit.systems.under_test import Access
from mitigations.scan.planted import Layers, Planted, subject

NONE = np.empty(0, dtype=np.int64)


def test_a_row_with_a_large_mean_or_bias_stands_out() -> None:
    layers = Layers(2, None, 0)
    layers.head.weight[6] += 2.0
    layers.head.bias[:] = 0.01 * torch.arange(40)
    found = WeightStatistics().suspect(subject(Planted(layers)), NONE)
    assert found.classes.tolist() == [6]
    assert found.value.argmax() == 6


def test_a_system_that_shows_no_layer_says_nothing() -> None:
    system = Planted()
    system.access = frozenset({Access.LABELS})
    found = WeightStatistics().suspect(subject(system), NONE)
    assert found.why == "it shows no last layer over its people"
