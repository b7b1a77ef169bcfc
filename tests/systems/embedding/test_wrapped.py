"""Embedders of torch modules in memory, against the modules themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from faceaudit.errors import InputError, OptionError
from faceaudit.networks import Preprocessing
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import ImageArray

SIZE = (20, 16)


class Small(nn.Module):
    """A network that flattens its maps by `view`, as many do, and drops units while it learns."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4 * 10 * 8, 6)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.drop(self.norm(self.conv(images))).relu()
        return self.head(maps.view(len(maps), -1))  # type: ignore[no-any-return]


class Returns(nn.Module):
    """A module that returns whatever it is told to make of the images."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        self.make = make

    def forward(self, images: Tensor) -> Any:
        return self.make(images)


@pytest.fixture
def photos() -> ImageArray:
    return np.random.default_rng(0).integers(0, 256, (21, *SIZE, 3), dtype=np.uint8)


def by_hand(module: nn.Module, photos: ImageArray, *, mean: float, scale: float) -> np.ndarray:
    pixels = (torch.from_numpy(photos).permute(0, 3, 1, 2).float() - mean) / scale
    with torch.no_grad():
        return module.eval()(pixels.contiguous()).numpy()  # type: ignore[no-any-return]


def test_embeds_as_the_module_does_in_evaluation_mode(photos: ImageArray) -> None:
    module = Small().train()
    embedder = Embedder.wrap(module, size=SIZE)
    found = embedder.embed(photos)
    assert embedder.size == SIZE
    assert embedder.embedding_size == 6
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, by_hand(module, photos, mean=127.5, scale=127.5), atol=1e-5)


def test_prepares_the_pixels_as_told(photos: ImageArray) -> None:
    told = Preprocessing(order="bgr", mean=(10, 10, 10), scale=(50, 50, 50))
    found = Embedder.wrap(Small(), size=SIZE, preprocessing=told).embed(photos)
    turned = np.ascontiguousarray(photos[..., ::-1])
    np.testing.assert_allclose(found, by_hand(Small(), turned, mean=10, scale=50), atol=1e-5)


def test_leaves_the_module_as_it_is_and_does_not_follow_it(photos: ImageArray) -> None:
    module = Small().train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    embedder = Embedder.wrap(module, size=SIZE)
    found, known = embedder.embed(photos), embedder.id
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])
    with torch.no_grad():
        module.head.weight.add_(1)
    np.testing.assert_array_equal(embedder.embed(photos), found)
    assert embedder.id == known
    assert Embedder.wrap(module, size=SIZE).id != known


def test_the_id_follows_all_that_determines_an_embedding_and_not_the_name() -> None:
    usual = Embedder.wrap(Small(), size=SIZE)
    assert Embedder.wrap(Small(), size=SIZE, name="mine").id == usual.id
    assert Embedder.wrap(Small(), size=SIZE, name="mine").network.name == "mine"
    plain, bent = (
        nn.Sequential(nn.Flatten(), nn.Linear(3 * 20 * 16, 6), last)
        for last in (nn.ReLU(), nn.Tanh())
    )
    bent.load_state_dict(plain.state_dict())
    others = [
        Embedder.wrap(Small(seed=1), size=SIZE),
        Embedder.wrap(Small(), size=SIZE, preprocessing=Preprocessing(order="bgr")),
        Embedder.wrap(plain, size=SIZE),
        Embedder.wrap(bent, size=SIZE),  # the same weights, another layer
        Embedder.wrap(plain, size=(16, 20)),
    ]
    assert len({usual.id, *(other.id for other in others)}) == 6


def test_the_id_follows_an_edited_forward_of_the_same_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Embedder.wrap(Small(), size=SIZE).id
    forward = Small.forward
    monkeypatch.setattr(Small, "forward", lambda self, images: forward(self, images).tanh())
    assert Embedder.wrap(Small(), size=SIZE).id != before


def test_it_runs_where_it_is_told(photos: ImageArray) -> None:
    usual = Embedder.wrap(Small(), size=SIZE)
    assert usual.device == torch.device("cpu")
    named = Embedder.wrap(Small(), size=SIZE, device="cpu")
    np.testing.assert_array_equal(named.embed(photos), usual.embed(photos))
    with pytest.raises(InputError, match=r"expected a device \(auto, cpu, cuda\), got 'gpu'"):
        Embedder.wrap(Small(), size=SIZE, device="gpu")


def test_its_embeddings_are_cached_as_any(photos: ImageArray, tmp_path: Path) -> None:
    embedder = Embedder.wrap(Small(), size=SIZE)
    cached = embeddings(embedder, photos, cache=tmp_path).take()
    np.testing.assert_allclose(cached, embedder.embed(photos), atol=1e-5)
    assert (tmp_path / embedder.id).is_dir()


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda images: images, r"expected a torch\.nn\.Module, got function"),
        (nn.Linear(3, 4), r"takes \(N, 3, 20, 16\) float32, got RuntimeError.*another size"),
        (nn.Sequential(nn.Flatten(), nn.Linear(9, 4)), "got RuntimeError"),
        (nn.Conv2d(3, 4, 3), r"embeddings \(2, E\) of 2 photos, got \(2, 4, 18, 14\)"),
        (Returns(lambda x: x.mean((1, 2, 3))), r"got \(2,\)"),
        (Returns(lambda x: x.flatten()[None]), r"got \(1, 1920\)"),
        (Returns(lambda x: (x.flatten(1), x)), "as one tensor, got tuple"),
        (Returns(lambda x: x.flatten(1).long()), r"finite floats, got torch\.int64"),
        (Returns(lambda x: x.flatten(1) / 0), "finite floats"),
    ],
)
def test_what_cannot_embed_is_refused(module: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Embedder.wrap(module, size=SIZE)


def test_sizes_and_names_that_cannot_be_are_refused() -> None:
    with pytest.raises(OptionError, match="input_size"):
        Embedder.wrap(Small(), size=(0, 16))
    with pytest.raises(OptionError, match="expected a name"):
        Embedder.wrap(Small(), size=SIZE, name="")


def test_photos_of_another_size_are_refused(photos: ImageArray) -> None:
    with pytest.raises(InputError, match=r"expected images \(N, 20, 16, 3\)"):
        Embedder.wrap(Small(), size=SIZE).embed(photos[:, :16])


def test_it_cannot_be_built_anew() -> None:
    with pytest.raises(OptionError, match=r"a module in memory .*Small"):
        Embedder.wrap(Small(), size=SIZE).network.build()
