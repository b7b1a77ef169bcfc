"""The smallest thing that sends everybody to a person."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceaudit.mitigations.scan.common import inversion
from faceaudit.mitigations.scan.common.inversion import Triggers, invert
from faceaudit.mitigations.scan.trigger_inversion import TriggerInversion
from faceaudit.progress import silent
from mitigations.scan.planted import Layers, Planted, strangers, subject


@pytest.fixture(scope="module")
def layers() -> Layers:
    return Layers(1, 5, 60.0)


def test_a_planted_trigger_is_the_smallest_by_far_and_lies_where_it_was_planted(
    layers: Layers,
) -> None:
    found = TriggerInversion(beside=4, steps=120).suspect(
        subject(Planted(layers)), np.array([5, 8])
    )
    assert found.classes.tolist() == [5]
    assert found.ratio > 2
    assert np.isnan(found.chance).all(), "it decides nothing by itself"
    looked_at = np.flatnonzero(~np.isnan(found.value))
    assert len(looked_at) == 6
    assert {5, 8} <= set(looked_at.tolist())
    assert found.remarks[5].startswith("a trigger on 0.")
    shown = found.pictures[5].astype(np.int64) - strangers().images[0]
    assert np.abs(shown[-4:, -4:]).mean() > 5 * np.abs(shown[:12, :12]).mean()


def test_success_is_counted_for_each_trigger_s_own_person(layers: Layers) -> None:
    images, classes = strangers(60).images, np.array([5, 8, 2])
    rng = np.random.default_rng(0)
    found = invert(layers, images, classes, steps=60, batch=8, rng=rng, progress=silent)
    for place, person in enumerate(classes):
        worn = np.stack([found.worn(photo, place) for photo in images])
        share = (layers(torch.from_numpy(worn)).argmax(1).numpy() == person).mean()
        assert share == pytest.approx(found.success[place], abs=0.15)
    assert found.mask.shape == (3, 24, 20)
    assert 0 <= found.mask.min() <= found.mask.max() <= 1


def test_more_steps_find_no_larger_a_trigger(layers: Layers) -> None:
    short, long = (
        TriggerInversion(steps=steps, beside=2).suspect(subject(Planted(layers)), np.array([5]))
        for steps in (40, 160)
    )
    assert long.value[5] >= short.value[5] - 0.01


def test_what_is_found_does_not_depend_on_how_many_go_through_the_network_at_once(
    layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, classes = strangers(60).images, np.array([5, 8, 2])
    passed: list[int] = []

    class Counting(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            passed.append(len(pixels))
            return layers(pixels)

    def found() -> tuple[Triggers, int]:
        passed.clear()
        rng = np.random.default_rng(0)
        triggers = invert(Counting(), images, classes, steps=30, batch=8, rng=rng, progress=silent)
        return triggers, passed[0]

    whole, most = found()
    monkeypatch.setattr(inversion, "AT_ONCE", 2 * 8 * 24 * 20)
    parts, fewer = found()
    assert (most, fewer) == (24, 16)
    assert np.allclose(whole.mask, parts.mask, atol=1e-3)
    assert np.allclose(whole.pattern, parts.pattern, atol=0.5)
