"""Heads over people: a softmax layer, or cosines with a margin."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from faceaudit.networks import networks
from faceaudit.training.classifier import SCALE, Classifier


def built(margin: float | None) -> Classifier:
    torch.manual_seed(0)
    return Classifier(
        networks.build({"network": "deepid", "width": 0.25}).build(), 3, margin
    ).eval()


def test_without_a_margin_the_head_is_a_softmax_layer() -> None:
    model = built(None)
    logits, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])
    torch.testing.assert_close(model.loss(logits, labels), functional.cross_entropy(logits, labels))
    assert isinstance(model.head, nn.Linear)
    assert model.head.bias is not None


def test_with_a_margin_logits_are_scaled_cosines_with_one_direction_a_person() -> None:
    model = built(0.2)
    images = torch.randn(4, 3, 55, 47)
    with torch.no_grad():
        found = model(images).numpy()
        embeddings, directions = model.network(images).numpy(), model.head.weight.numpy()
    for row, one in enumerate(embeddings):
        for person, direction in enumerate(directions):
            lengths = np.linalg.norm(one) * np.linalg.norm(direction)
            np.testing.assert_allclose(
                found[row, person], SCALE * one @ direction / lengths, rtol=1e-4
            )
    assert np.abs(found).max() <= SCALE


def test_the_margin_is_asked_of_the_right_person_alone_and_only_while_learning() -> None:
    model = built(0.2)
    cosines = torch.tensor([[0.5, 0.4, -0.1]])
    wanted = -np.log(np.exp(30 * 0.3) / (np.exp(30 * 0.3) + np.exp(30 * 0.4) + np.exp(-30 * 0.1)))
    loss = float(model.loss(SCALE * cosines, torch.tensor([0])))
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)
    assert loss > float(functional.cross_entropy(SCALE * cosines, torch.tensor([0])))


def test_no_margin_of_cosines_is_another_head_than_none() -> None:
    logits, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 2])
    torch.testing.assert_close(
        built(0.0).loss(logits, labels), functional.cross_entropy(logits, labels)
    )
    assert built(0.0).head.bias is None
