from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from faceaudit.errors import InputError, OptionError
from faceaudit.networks import networks
from faceaudit.networks.vggface import VGGFace
from faceaudit.training.classifier import Classifier
from networks import keras_oracle as oracle

# Parkhi et al. 2015, table 3: the convolutions' channels, in order; "M" halves the map.
LAYERS = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
NAMES = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1", "5_2", "5_3"]
SMALL = {"network": "vggface", "width": 0.125, "input_size": [64, 96]}


def keras_weights(people: int = 5) -> dict[str, Tensor]:
    """Draw weights of the small network, named and shaped as keras-vggface does."""
    rng = np.random.default_rng(0)
    weights, before = {}, 3
    for name, channels in zip(NAMES, (c for c in LAYERS if c != "M"), strict=True):
        after = int(channels) // 8
        weights[f"conv{name}/kernel"] = rng.normal(
            0, (2 / 9 / before) ** 0.5, (3, 3, before, after)
        )
        weights[f"conv{name}/bias"] = rng.normal(0, 0.1, after)
        before = after
    for name, shape in (("fc6", (2 * 3 * 64, 512)), ("fc7", (512, 512)), ("fc8", (512, people))):
        weights[f"{name}/kernel"] = rng.normal(0, (2 / shape[0]) ** 0.5, shape)
        weights[f"{name}/bias"] = rng.normal(0, 0.1, shape[1])
    return {name: torch.from_numpy(values).float() for name, values in weights.items()}


def by_keras(weights: dict[str, Tensor], image: np.ndarray) -> np.ndarray:
    """Return the logits of one RGB photo as keras-vggface computes them."""
    w = {name: tensor.double().numpy() for name, tensor in weights.items()}
    x = image[..., ::-1].astype(float) - [93.5940, 104.7624, 129.1863]
    names = iter(NAMES)
    for layer in LAYERS:
        if layer == "M":
            x = oracle.pool_halves(x)
        else:
            n = f"conv{next(names)}"
            x = oracle.relu(oracle.convolution(x, w[f"{n}/kernel"], w[f"{n}/bias"], padding=1))
    x = oracle.relu(x.reshape(-1) @ w["fc6/kernel"] + w["fc6/bias"])
    x = oracle.relu(x @ w["fc7/kernel"] + w["fc7/bias"])
    return np.asarray(x @ w["fc8/kernel"] + w["fc8/bias"])


def logits(state: dict[str, Tensor], image: np.ndarray, people: int = 5) -> np.ndarray:
    head = {name: state.pop(name) for name in ("head.weight", "head.bias")}
    network = networks.build(SMALL).build()
    network.load_state_dict(state)
    model = Classifier(network, people).eval()
    model.head.load_state_dict({name.removeprefix("head."): t for name, t in head.items()})
    with torch.inference_mode():
        return model(network.prepare(torch.from_numpy(image[None])))[0].numpy()


def photo() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def test_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        model = Classifier(networks.build("vggface").build(), 2622)
    count = sum(p.numel() for p in model.parameters())
    assert count == 145_002_878
    assert VGGFace.parameters == count - (4096 + 1) * 2622
    assert model.network.embedding_size == 4096


def test_agrees_with_keras() -> None:
    weights = keras_weights()
    state = networks.build(SMALL).convert_checkpoint(weights)
    expected = by_keras(weights, photo())
    np.testing.assert_allclose(logits(state, photo()), expected, rtol=1e-3, atol=1e-2)


def test_takes_numbered_layers_and_dense_ones_as_convolutions() -> None:
    """As vgg_face_weights.h5 of serengil's deepface, a sequential model, has them."""
    named = keras_weights()
    numbered = {}
    shapes = {"fc6": (2, 3, 64, 512), "fc7": (1, 1, 512, 512), "fc8": (1, 1, 512, 5)}
    for place, layer in enumerate([*(f"conv{n}" for n in NAMES), "fc6", "fc7", "fc8"], start=1):
        kernel = named[f"{layer}/kernel"]
        numbered[f"conv2d_{place}/kernel"] = kernel.reshape(shapes.get(layer, kernel.shape))
        numbered[f"conv2d_{place}/bias"] = named[f"{layer}/bias"]
    network = networks.build(SMALL)
    got, expected = network.convert_checkpoint(numbered), network.convert_checkpoint(named)
    assert got.keys() == expected.keys()
    for name, tensor in got.items():
        torch.testing.assert_close(tensor, expected[name], atol=0, rtol=0)


def test_what_is_not_understood_keeps_its_name() -> None:
    network = networks.build(SMALL)
    strange = {"dense/kernel": torch.zeros(2, 2), "conv1_1.weight": torch.zeros(8, 3, 3, 3)}
    assert network.convert_checkpoint(strange).keys() == strange.keys()
    assert network.convert_checkpoint({"fc8.bias": torch.zeros(3)}).keys() == {"head.bias"}


def test_learns_with_finite_gradients() -> None:
    torch.manual_seed(0)
    model = Classifier(networks.build({**SMALL, "input_size": [32, 32]}).build(), 3)
    images = torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8)
    out = model(model.network.prepare(images))
    assert float(out.detach().std()) < 10, "a network that was not trained is not sure of anything"
    out.logsumexp(1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_drops_out_in_training_only() -> None:
    network = networks.build({**SMALL, "input_size": [32, 32]}).build()
    images = network.prepare(torch.randint(0, 256, (1, 32, 32, 3), dtype=torch.uint8))
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_the_length_of_an_embedding() -> None:
    small = {**SMALL, "input_size": [32, 32]}
    for options, length in ((small, 512), ({**small, "embedding": 10}, 10)):
        network = networks.build(options).build().eval()
        out = network(network.prepare(torch.zeros((1, 32, 32, 3), dtype=torch.uint8)))
        assert out.shape == (1, length) == (1, network.embedding_size)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(OptionError, match="expected an input_size of multiples of 32 for vggface"):
        networks.build({"network": "vggface", "input_size": [112, 112]}).build()
    network = networks.build(SMALL).build()
    with pytest.raises(InputError, match=r"expected images \(N, 64, 96, 3\)"):
        network.prepare(torch.zeros((1, 96, 64, 3), dtype=torch.uint8))
