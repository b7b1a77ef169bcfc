"""What FaceX-Zoo's networks compute, spelt layer by layer, for tests.

A reference names every layer as FaceX-Zoo's checkpoints do. The first call draws a layer's weights,
so that one run gives both a checkpoint with those names and shapes and the embeddings that it must
lead to. It shares no layer with timm.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import Network
from faceaudit.networks.common.face_network import FaceNetwork


class Checkpoint:
    """Weights by FaceX-Zoo's names, drawn when a layer is first called; in evaluation mode.

    Attributes:
        tensors: what a checkpoint would hold, in the order of the calls.
    """

    def __init__(self, seed: int = 0) -> None:
        self.tensors: dict[str, Tensor] = {}
        torch.manual_seed(seed)

    def draw(self, name: str, shape: tuple[int, ...], *, scale: float, mean: float = 0) -> Tensor:
        """Return the tensor of that name, Gaussian when it is new."""
        if name not in self.tensors:
            self.tensors[name] = mean + scale * torch.randn(shape)
        tensor = self.tensors[name]
        assert tuple(tensor.shape) == shape
        return tensor

    def conv(
        self,
        name: str,
        x: Tensor,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int | tuple[int, int, int, int] | None = None,
        groups: int = 1,
        bias: bool = False,
    ) -> Tensor:
        """Convolve; padding keeps the size unless given, e.g. as (left, right, top, bottom)."""
        inputs = x.shape[1] // groups
        weight = self.draw(
            f"{name}.weight",
            (outputs, inputs, kernel, kernel),
            scale=(2 / (inputs * kernel**2)) ** 0.5,
        )
        shift = self.draw(f"{name}.bias", (outputs,), scale=0.1) if bias else None
        padding = kernel // 2 if padding is None else padding
        if isinstance(padding, tuple):
            x, padding = functional.pad(x, padding), 0
        return functional.conv2d(x, weight, shift, stride, padding, groups=groups)

    def norm(self, name: str, x: Tensor, *, epsilon: float = 1e-5) -> Tensor:
        """Apply a batch norm with random running statistics, along dimension 1."""
        count = (x.shape[1],)
        weight = self.draw(f"{name}.weight", count, scale=0.2, mean=1)
        bias = self.draw(f"{name}.bias", count, scale=0.2)
        mean = self.draw(f"{name}.running_mean", count, scale=0.2)
        spread = self.draw(f"{name}.running_var", count, scale=0.1, mean=1)
        self.tensors.setdefault(f"{name}.num_batches_tracked", torch.tensor(3))
        shape = (1, -1, *(1,) * (x.ndim - 2))
        scale = weight / (spread + epsilon).sqrt()
        return (x - mean.view(shape)) * scale.view(shape) + bias.view(shape)

    def layer_norm(self, name: str, x: Tensor) -> Tensor:
        """Apply a layer norm along the last dimension."""
        weight = self.draw(f"{name}.weight", x.shape[-1:], scale=0.2, mean=1)
        bias = self.draw(f"{name}.bias", x.shape[-1:], scale=0.2)
        centred = x - x.mean(-1, keepdim=True)
        return centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight + bias

    def dense(self, name: str, x: Tensor, outputs: int, *, bias: bool = True) -> Tensor:
        """Apply a dense layer along the last dimension."""
        inputs = x.shape[-1]
        weight = self.draw(f"{name}.weight", (outputs, inputs), scale=inputs**-0.5)
        shift = self.draw(f"{name}.bias", (outputs,), scale=0.1) if bias else torch.zeros(())
        return x @ weight.T + shift

    def on_meta(self) -> dict[str, Tensor]:
        """Return the tensors without their values."""
        return {name: tensor.to("meta") for name, tensor in self.tensors.items()}


def pictures(height: int, width: int, count: int = 2) -> Tensor:
    """Return (count, 3, height, width) Gaussian noise."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn((count, 3, height, width), generator=generator)


def built_on_meta(network: Network) -> FaceNetwork:
    """Return the network without room for its weights."""
    with torch.device("meta"):
        return network.build()


def size_of(module: nn.Module) -> int:
    """Return how many parameters there are."""
    return sum(parameter.numel() for parameter in module.parameters())


def check_names(network: Network, tensors: dict[str, Tensor]) -> None:
    """Assert that translated names reach every tensor of the network, each exactly once."""
    translated = network.convert_checkpoint(tensors)
    wanted = built_on_meta(network).state_dict()
    assert set(translated) == set(wanted)
    assert {name: t.shape for name, t in translated.items()} == {
        name: t.shape for name, t in wanted.items()
    }
    # Two tensors under one name would have left one of them out.
    assert len({id(tensor) for tensor in translated.values()}) == len(translated)
    assert len(tensors) == len(wanted)


def check_own_names(network: Network) -> None:
    """Assert that names which are ours already, or nobody's, come back as they are."""
    own = {**built_on_meta(network).state_dict(), "unknown.weight": torch.zeros(1)}
    assert network.convert_checkpoint(own) == own


def check_values(network: Network, tensors: dict[str, Tensor], x: Tensor, wanted: Tensor) -> None:
    """Assert that the network gives `wanted` for `x` once the checkpoint is in it."""
    built = network.build().eval()
    built.load_state_dict(network.convert_checkpoint(tensors), strict=True)
    with torch.no_grad():
        check_close(built(x), wanted)


def check_close(got: Tensor, wanted: Tensor) -> None:
    """Assert that embeddings agree to 1e-4 of their spread, which must be some."""
    spread = float(wanted.std())
    assert 0 < spread < float("inf")
    torch.testing.assert_close(got / spread, wanted / spread, atol=1e-4, rtol=0)


def check_training(network: Network) -> None:
    """Assert that every parameter gets a finite gradient, and some get one that is not zero."""
    torch.manual_seed(0)
    built = network.build().train()
    embeddings = built(pictures(*built.input_size, count=4))
    assert embeddings.shape == (4, built.embedding_size)
    (embeddings * torch.randn_like(embeddings)).sum().backward()
    for name, parameter in built.named_parameters():
        assert parameter.grad is not None, name
        assert bool(torch.isfinite(parameter.grad).all()), name
    first = next(built.parameters())
    assert first.grad is not None
    assert bool(first.grad.any())
