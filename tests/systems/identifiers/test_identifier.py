"""Identifiers whose head was trained with a margin; those with a softmax layer: test_loop.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceaudit.errors import InputError
from faceaudit.networks import networks
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.training.classifier import SCALE
from faceaudit.types import FaceSet
from helpers.faces import blocks

NETWORK = networks.build({"network": "deepid", "width": 0.25})
NAMES = tuple("abcd")


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return blocks(4, 8)


def photos(faces: FaceSet) -> TrainingPhotos:
    return TrainingPhotos.of((faces.images, np.arange(len(faces)), faces.identity))


def test_logits_are_cosines_without_the_margin(faces: FaceSet) -> None:
    options = Training(epochs=1, batch=8, threads=1)
    trained = train_identifier(
        NETWORK, NAMES, photos(faces), photos(faces), options, seed=0, margin=0.3
    )
    system = Identifier(NETWORK, NAMES, trained.state, margin=0.3)
    embedded = system.embed(faces.images).astype(np.float64)
    directions = trained.state["head.weight"].numpy().astype(np.float64)
    expected = [
        [SCALE * row @ one / (np.linalg.norm(row) * np.linalg.norm(one)) for one in directions]
        for row in embedded
    ]
    np.testing.assert_allclose(system.logits(faces.images), expected, rtol=1e-3, atol=1e-3)
    with torch.no_grad():
        pixels = torch.from_numpy(faces.images).float()
        np.testing.assert_allclose(
            system.differentiable()(pixels).numpy(), expected, rtol=1e-3, atol=1e-3
        )
    kept = Identifier.load(NETWORK, NAMES, Identifier.dump(trained.state), margin=0.3)
    np.testing.assert_array_equal(kept.logits(faces.images), system.logits(faces.images))


def test_a_margin_teaches_another_network_than_none(faces: FaceSet) -> None:
    states = [
        train_identifier(
            NETWORK,
            NAMES,
            photos(faces),
            photos(faces),
            Training(epochs=1, batch=8, threads=1),
            seed=0,
            margin=margin,
        ).state
        for margin in (None, 0.0, 0.4)
    ]
    first = [state["network.conv1.weight"].numpy() for state in states]
    assert not np.array_equal(first[1], first[2])
    assert not np.array_equal(first[0], first[1])


def test_weights_of_the_other_head_are_refused() -> None:
    with_margin = Identifier.untrained(NETWORK, NAMES, 0, margin=0.2)
    state = with_margin._model.state_dict()
    with pytest.raises(InputError, match=r"missing \['head.bias'\]"):
        Identifier(NETWORK, NAMES, state)
    softmax = Identifier.untrained(NETWORK, NAMES, 0)._model.state_dict()
    with pytest.raises(InputError, match=r"unexpected \['head.bias'\]"):
        Identifier(NETWORK, NAMES, softmax, margin=0.2)
