"""Contract of every network: counted, run, trained, saved, loaded and refused."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from contracts.small_networks import NAMES, built, kept, photos, settled, small
from faceaudit.errors import InputError, WeightsError
from faceaudit.networks import networks
from faceaudit.networks.common.face_network import FaceNetwork, training_memory_format
from faceaudit.systems.embedding import fast_inference
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.weights import load_weights, mismatch
from faceaudit.weights.matching import state_of

# Parameters in millions, as published or counted on the published code; see docs/networks.md.
MILLIONS = {
    "attention56": "98.965",
    "attention92": "134.562",
    "deepface": "102.413",
    "deepid": "0.39492",
    "ghostnet": "26.759",
    "hrnet": "70.631",
    "iresnet18": "24.03",
    "iresnet34": "34.14",
    "iresnet50": "43.59",
    "iresnet100": "65.16",
    "lightcnn29": "11.596",
    "mobilefacenet": "2.06",
    "mobilefacenet_casia": "0.9996",
    "mobilefacenet_facexzoo": "1.201",
    "mobilefacenet_y1": "1.00",
    "repvgg_a0": "39.945",
    "repvgg_b0": "46.654",
    "repvgg_b1": "106.752",
    "resnest50": "76.793",
    "resnet50_ir": "43.575",
    "resnet152_irse": "71.149",
    "rexnet": "15.197",
    "swin_s": "68.106",
    "swin_t": "46.788",
    "tf_nas_a": "39.591",
    "vggface": "134.260544",  # 145,002,878 with the published head for 2,622 people
    "efficientnet_b0": "36.124",  # 37.405 with an ImageNet classifier that is never run
    "edgeface": "18.23",
}

DEEPER = {"attention92": "attention56", "swin_s": "swin_t"}
"""Networks with more of the same blocks than another; those take longest to be made fast."""


@cache
def full(name: str) -> FaceNetwork:
    """Return a network of full size, all but its numbers."""
    with torch.device("meta"):
        return networks.build(name).build()


state_once = cache(state_of)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_network_is_counted_here() -> None:
    assert set(MILLIONS) == set(NAMES)
    assert set(DEEPER) | set(DEEPER.values()) <= set(NAMES)


def test_full_size_has_the_published_number_of_parameters(name: str) -> None:
    count = sum(parameter.numel() for parameter in full(name).parameters())
    assert count == networks.get(name).parameters
    digits = len(MILLIONS[name].partition(".")[2])
    assert f"{count / 1e6:.{digits}f}" == MILLIONS[name]


def test_says_which_weights_are_known_and_how_they_take_photos(name: str) -> None:
    network = networks.build(name)
    assert len(type(network).known_weights) > 20
    height, width = network.size
    assert min(height, width) >= 40
    module = full(name)
    assert module.input_size == network.size
    assert module.embedding_size == network.embedding_size >= 128
    assert module.preprocessing == network.preparation


def test_learns_and_gives_finite_embeddings(name: str) -> None:
    module = built(name).train()
    layout = training_memory_format(module, torch.device("cpu"))
    module.to(memory_format=layout)
    embedded = module(module.prepare(photos(module)).contiguous(memory_format=layout))
    assert embedded.shape == (4, module.embedding_size)
    embedded.square().mean().backward()
    for parameter_name, parameter in module.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, parameter_name
            assert torch.isfinite(parameter.grad).all(), parameter_name
    module.eval()
    with torch.no_grad():
        first = module(module.prepare(photos(module)))
        again = module(module.prepare(photos(module)[:1]))
    assert torch.isfinite(first).all()
    size = max(1.0, float(first.abs().max()))  # of untrained networks they can be large
    torch.testing.assert_close(first[:1], again, atol=1e-4 * size, rtol=0)
    assert (first[0] - first[1]).abs().max() > 0, "two photos have one embedding"


def test_narrow_strided_convolutions_do_not_learn_channels_last() -> None:
    """Where that is broken the process dies, so what is tested is that it is not done."""
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert training_memory_format(kept("iresnet18"), cpu) == torch.contiguous_format
    assert training_memory_format(kept("iresnet18"), cuda) == torch.channels_last
    assert training_memory_format(kept("deepid"), cpu) == torch.channels_last
    assert training_memory_format(full("iresnet18"), cpu) == torch.channels_last


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow) if one in DEEPER else one for one in NAMES],
    indirect=True,
)
def test_runs_fast_and_gives_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_inference, "BATCH", 3)  # a whole batch, and one that is filled up
    module = settled(name)
    embedder = Embedder.of(small(name), module.state_dict())
    images = photos(module, 5).numpy()
    with torch.no_grad():
        wanted = module(module.prepare(torch.from_numpy(images))).numpy()
    found = embedder.embed(images)
    # Rounding in 50 layers, otherwise on one thread than on two: resnest50's differ by 1.4e-4.
    np.testing.assert_allclose(found, wanted, atol=3e-4 * max(1, np.abs(wanted).max()))


def test_embeddings_of_another_version_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Embedder(small("iresnet18"), kept("iresnet18"), "weights")
    first = embedder.id
    monkeypatch.setattr(type(embedder.network), "version", 2)
    assert embedder.id != first


def test_saved_weights_load_again(name: str, tmp_path: Path) -> None:
    network, module = small(name), kept(name)
    path = tmp_path / "weights.safetensors"
    save_file({key: value.contiguous() for key, value in module.state_dict().items()}, path)
    state = load_weights(network, path).state
    assert state.keys() == module.state_dict().keys()
    for key, value in module.state_dict().items():
        assert torch.equal(state[key], value), key


def test_refuses_a_wrong_checkpoint(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mismatch, "state_of", state_once)  # each is compared with all others
    network, state = small(name), dict(kept(name).state_dict())
    keys = [key for key in state if state[key].ndim and state[key].numel() > 1]
    lost, bent = keys[0], keys[-1]
    del state[lost]
    state[bent] = torch.zeros(3, 1, 2)
    state[f"{lost.partition('.')[0]}.nonsense.weight"] = torch.zeros(2)
    path = tmp_path / "weights.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    with pytest.raises(WeightsError) as complaint:
        load_weights(network, path)
    for word in ("missing", "unexpected", "of another shape", "nonsense.weight", lost, bent):
        assert word in str(complaint.value)


def test_refuses_a_wrong_size(name: str) -> None:
    module = kept(name)
    height, width = module.input_size
    wrong = torch.zeros((1, height + 16, width, 3), dtype=torch.uint8)
    with pytest.raises(InputError, match=rf"expected images \(N, {height}, {width}, 3\), got"):
        module.prepare(wrong)
    prepared = module.preprocessing.apply(wrong)
    with pytest.raises(InputError, match=rf"expected prepared images \(N, 3, {height}, {width}\)"):
        module(prepared)


def test_its_spec_holds_its_options(name: str) -> None:
    network = small(name)
    again = networks.build(json.loads(json.dumps(network.spec().as_json())))
    assert again == network
    assert again.size == network.size


def test_the_same_random_state_gives_the_same_weights(name: str) -> None:
    first, again = kept(name).state_dict(), built(name).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
