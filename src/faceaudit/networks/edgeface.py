"""EdgeFace: EdgeNeXt for faces, its dense layers split into two thin ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from faceaudit.errors import OptionError
from faceaudit.networks.base import FaceNetwork, ScalableNetwork, networks

SMALLEST = 32
NAME = re.compile(r"^(?:model\.)?((?:stem|stages)\.|head\.(?:norm|fc)\.)")


@dataclass(frozen=True)
class Variant:
    """One published size.

    Attributes:
        body: timm's name of the EdgeNeXt.
        dims: channels of the four stages.
        gamma: rank of the thin layers over that of a full one; None leaves the layers whole.
        parameters: how many there are at width 1 and 512 numbers an embedding.
    """

    body: str
    dims: tuple[int, int, int, int]
    gamma: float | None
    parameters: int


VARIANTS: Mapping[str, Variant] = {
    "base": Variant("edgenext_base", (80, 160, 288, 584), None, 18_225_812),
    "s_gamma_05": Variant("edgenext_small", (48, 96, 160, 304), 0.5, 3_652_520),
    "xs_gamma_06": Variant("edgenext_x_small", (32, 64, 100, 192), 0.6, 1_770_492),
    "xxs": Variant("edgenext_xx_small", (24, 48, 88, 168), None, 1_244_744),
}


@networks.register
class EdgeFace(ScalableNetwork):
    """Idiap's EdgeFace: RGB, 18.23 M parameters, or 3.65, 1.77 or 1.24 M by `variant`."""

    name = "edgeface"
    paper = (
        "George, Ecabert, Otroshi Shahreza, Kotwal, Marcel 2023, EdgeFace: Efficient Face "
        "Recognition Model for Edge Devices, arXiv 2307.01838; the bodies are those of Maaz et al. "
        "2022, EdgeNeXt, arXiv 2206.10589. No difference known."
    )
    known_weights = (
        "Idiap, gitlab.idiap.ch/bob/bob.paper.tbiom2023_edgeface, the four variants; the code is "
        "BSD-3-Clause, the weights on Hugging Face (Idiap/EdgeFace-*) are CC BY-NC-SA 4.0: not for "
        "commercial use"
    )
    parameters: ClassVar[int] = VARIANTS["base"].parameters

    variant: Literal["base", "s_gamma_05", "xs_gamma_06", "xxs"] = Field(
        "base",
        description="published size, the largest first; gamma is the rank of the split layers "
        "over that of whole ones",
    )

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width`, `variant` and `embedding`.

        Raises:
            OptionError: the photos are too small to be halved five times.
        """
        import timm  # noqa: PLC0415 - slow to load

        if min(self.size) < SMALLEST:
            raise OptionError(
                f"expected an input_size of at least {SMALLEST} for {self.name}, got {self.size}; "
                f"try {self.default_input_size}"
            )
        variant = VARIANTS[self.variant]
        body: nn.Module = timm.create_model(
            variant.body,
            pretrained=False,
            num_classes=self.embedding,
            dims=tuple(self.channels(count) for count in variant.dims),
        )
        if variant.gamma is not None:
            _split(body, variant.gamma)
        return _EdgeFace(body)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return Idiap's checkpoint under our names: `model.` becomes `body.`."""
        return {NAME.sub(r"body.\1", name, count=1): tensor for name, tensor in tensors.items()}


class _EdgeFace(FaceNetwork):
    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.body(images)
        return embeddings


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
