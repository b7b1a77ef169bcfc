"""The last block of a network and a head, trained on what the layers before it give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from faceaudit.errors import InputError
from faceaudit.networks import networks
from faceaudit.networks.common.split_network import SplitNetwork
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.identifiers.last_block import (
    LastBlock,
    split_network,
    train_last_block,
    trunk_of,
)
from faceaudit.training import Trained, Training, TrainingPhotos
from faceaudit.types import FaceSet
from helpers.faces import blocks

OPTIONS = Training(epochs=15, batch=32, learning_rate=0.01, patience=30, device="cpu", threads=1)
NETWORK = networks.build({"network": "deepid", "width": 0.5})


@pytest.fixture(scope="module")
def people() -> FaceSet:
    return blocks()


@pytest.fixture(scope="module")
def start() -> SplitNetwork:
    torch.manual_seed(0)
    return split_network(NETWORK, NETWORK.build().state_dict())


@pytest.fixture(scope="module")
def trunk(start: SplitNetwork) -> Embedder:
    return trunk_of(NETWORK, start)


def photos(faces: FaceSet, first: int) -> TrainingPhotos:
    chosen = np.arange(first, len(faces), 2)
    return TrainingPhotos.of((faces.images, chosen, faces.identity[chosen]))


def trained(
    people: FaceSet, trunk: Embedder, start: SplitNetwork, cache: Path, margin: float | None = 0.2
) -> Trained:
    learn, watch = photos(people, 0), photos(people, 1)
    return train_last_block(
        trunk, start, people.names, learn, watch, OPTIONS, seed=0, cache=cache, margin=margin
    )


@pytest.mark.parametrize("margin", [None, 0.2])
def test_answers_as_the_whole_network_does_with_the_block_that_was_learned(
    people: FaceSet, trunk: Embedder, start: SplitNetwork, tmp_path: Path, margin: float | None
) -> None:
    state = trained(people, trunk, start, tmp_path, margin).state
    system = LastBlock(trunk, start, people.names, state, tmp_path, margin=margin)
    test = photos(people, 1)
    logits = system.logits(people.images, test.row)
    assert float(np.mean(logits.argmax(axis=1) == test.label)) > 0.6
    assert system.size == (55, 47)

    whole = split_network(NETWORK, start.state_dict())  # an oracle: the network put together anew
    places = dict(enumerate(whole.last_block()))
    for place, module in places.items():
        mine = f"network.block.{place}."
        own = {name.removeprefix(mine): of for name, of in state.items() if name.startswith(mine)}
        module.load_state_dict(own)
    with torch.no_grad():
        found = whole(whole.prepare(torch.from_numpy(people.images[test.row]))).numpy()
    np.testing.assert_allclose(system.embed(people.images, test.row), found, rtol=1e-3, atol=1e-4)
    weight = state["head.weight"].numpy()
    if margin is None:
        expected = found @ weight.T + state["head.bias"].numpy()
    else:
        directions = weight / np.linalg.norm(weight, axis=1, keepdims=True)
        expected = 30 * found / np.linalg.norm(found, axis=1, keepdims=True) @ directions.T
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-3)
    pixels = torch.from_numpy(people.images[test.row[:4]]).float()
    np.testing.assert_allclose(system.differentiable()(pixels), logits[:4], rtol=1e-3, atol=1e-3)


def test_the_layers_before_see_each_photo_once(
    people: FaceSet,
    trunk: Embedder,
    start: SplitNetwork,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    embed = Embedder.embed

    def counted(self: Embedder, images: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        seen.append(len(images) if rows is None else len(rows))
        return embed(self, images, rows)

    monkeypatch.setattr(Embedder, "embed", counted)
    first = trained(people, trunk, start, tmp_path)
    again = trained(people, trunk, start, tmp_path)
    LastBlock(trunk, start, people.names, first.state, tmp_path, margin=0.2).embed(people.images)
    assert sum(seen) == len(people)
    assert all(torch.equal(value, again.state[name]) for name, value in first.state.items())


def test_what_is_learned_is_kept_without_the_layers_before(
    people: FaceSet, trunk: Embedder, start: SplitNetwork, tmp_path: Path
) -> None:
    state = trained(people, trunk, start, tmp_path).state
    kept = {name for name in state if not name.startswith("head.")}
    block = sum(len(module.state_dict()) for module in start.last_block())
    assert len(kept) == block < len(start.state_dict())


def test_maps_are_of_the_network_and_its_weights(start: SplitNetwork, trunk: Embedder) -> None:
    embedder = Embedder.of(NETWORK, start.state_dict())
    torch.manual_seed(1)
    other = trunk_of(NETWORK, split_network(NETWORK, NETWORK.build().state_dict()))
    assert len({embedder.id, trunk.id, other.id}) == 3
    assert trunk.id == trunk_of(NETWORK, start).id


def test_a_network_that_does_not_say_what_its_last_block_is_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(NETWORK), "build", lambda _: torch.nn.Linear(1, 1))
    with pytest.raises(InputError, match=r"last block, got 'deepid'; set learn"):
        split_network(NETWORK, {})
