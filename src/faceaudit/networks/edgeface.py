"""EdgeFace: EdgeNeXt for faces, its dense layers split into two thin ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from faceaudit.errors import OptionError
from faceaudit.networks.base import ScalableNetwork, networks

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

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

    name: ClassVar[str] = "edgeface"
    paper: ClassVar[str] = (
        "George, Ecabert, Otroshi Shahreza, Kotwal, Marcel 2023, EdgeFace: Efficient Face "
        "Recognition Model for Edge Devices, arXiv 2307.01838; the bodies are those of Maaz et al. "
        "2022, EdgeNeXt, arXiv 2206.10589. No difference known."
    )
    known_weights: ClassVar[str] = (
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
        from faceaudit.networks.modules.edgeface import build_edgeface  # noqa: PLC0415 - slow to load

        if min(self.size) < SMALLEST:
            raise OptionError(
                f"expected an input_size of at least {SMALLEST} for {self.name}, got {self.size}; "
                f"try {self.default_input_size}"
            )
        variant = VARIANTS[self.variant]
        dims = tuple(self.channels(count) for count in variant.dims)
        return build_edgeface(variant.body, dims, variant.gamma, self.embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return Idiap's checkpoint under our names: `model.` becomes `body.`."""
        return {NAME.sub(r"body.\1", name, count=1): tensor for name, tensor in tensors.items()}
