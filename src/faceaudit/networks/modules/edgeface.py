"""Layers of EdgeFace: timm's EdgeNeXt with its dense layers split."""

from __future__ import annotations

from typing import Any

import timm
from torch import Tensor, nn

from faceaudit.networks.common.split_network import SplitNetwork


def build_edgeface(
    timm_name: str, dims: tuple[int, ...], gamma: float | None, embedding: int
) -> EdgeFaceModule:
    """Return Idiap's EdgeFace.

    Args:
        timm_name: of the EdgeNeXt, in timm.
        dims: channels of the four stages.
        gamma: rank of the thin layers over that of a full one; None leaves the layers whole.
        embedding: length of an embedding.
    """
    body: nn.Module = timm.create_model(
        timm_name, pretrained=False, num_classes=embedding, dims=dims
    )
    if gamma is not None:
        _split(body, gamma)
    return EdgeFaceModule(body)


class EdgeFaceModule(SplitNetwork):
    """An EdgeNeXt whose classifier is the embedding, called `body` as in our names."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.body.forward_features(images)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.body.forward_head(maps)
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.body.head,)


class LowRank(nn.Module):
    """A dense layer as the product of two thin ones (LoRaLin in the paper).

    Args:
        inputs, outputs: as of the layer it stands for.
        rank: numbers between the two.
        bias: whether to add a bias after the second.
    """

    def __init__(self, inputs: int, outputs: int, rank: int, *, bias: bool) -> None:
        super().__init__()
        self.linear1 = nn.Linear(inputs, rank, bias=False)
        self.linear2 = nn.Linear(rank, outputs, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., outputs) of (..., inputs)."""
        out: Tensor = self.linear2(self.linear1(x))
        return out


def _split(module: nn.Module, gamma: float) -> None:
    """Put two thin layers in place of every dense one, the last one included."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            rank = max(2, int(gamma * min(child.in_features, child.out_features)))
            thin = LowRank(child.in_features, child.out_features, rank, bias=child.bias is not None)
            setattr(module, name, thin)
        else:
            _split(child, gamma)
