"""NAD: attention is that of convolutions, and a system without any is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor import RepairTask
from faceaudit.mitigations.backdoor.fine_tuning import FineTuning
from faceaudit.mitigations.backdoor.nad import Nad, _attention, _convolutions, _watched
from mitigations.backdoor.small_systems import labelled, task_of


def test_attention_is_the_mean_square_over_channels_of_length_1() -> None:
    activations = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    squares = (activations**2).mean(axis=1).reshape(2, -1)
    expected = squares / np.linalg.norm(squares, axis=1, keepdims=True)
    np.testing.assert_allclose(_attention(torch.from_numpy(activations)), expected, rtol=1e-5)


def test_a_last_layer_alone_has_no_attention() -> None:
    with pytest.raises(InputError, match="expected a network with convolutions"):
        Nad().repair(task_of(last_layer=True))


def test_attention_is_drawn_to_that_of_the_tuned_copy() -> None:
    """The copy is what fine-tuning with the same seed gives."""
    images = torch.from_numpy(labelled(4, 11)[0]).float()
    teacher = task_of(clean=6)
    FineTuning(epochs=3, learning_rate=0.01).repair(teacher)
    wanted = _seen(teacher, images)
    apart = []
    for weight in (0.0, 500.0):
        task = task_of(clean=6)
        Nad(epochs=3, learning_rate=0.01, weight=weight, batch=8).repair(task)
        pairs = zip(_seen(task, images), wanted, strict=True)
        apart.append(sum(float((one - other).square().mean()) for one, other in pairs))
    assert apart[1] < apart[0]


def _seen(task: RepairTask, images: torch.Tensor) -> list[torch.Tensor]:
    with torch.no_grad(), _watched(_convolutions(task.network)) as seen:
        assert task.network is not None
        task.network(images)
    return seen


def test_hooks_are_gone_afterwards() -> None:
    layer = torch.nn.Conv2d(3, 2, 3)
    with _watched([layer]) as seen:
        layer(torch.zeros(1, 3, 5, 5))
    assert seen[0].shape == (1, 9)
    assert not layer._forward_hooks
