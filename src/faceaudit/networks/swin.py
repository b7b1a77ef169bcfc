"""Swin Transformer: attention within windows that shift from layer to layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

PATCHES = 56

BLOCK = re.compile(r"layers\.\d\.blocks\.|patch_embed\.")
MERGE = re.compile(r"layers\.(\d)\.downsample\.")
DERIVED = re.compile(r"layers\.\d\.blocks\.\d+\.(?:attn\.relative_position_index|attn_mask)")
PAPER = (
    "Liu et al. 2021, Swin Transformer, arXiv 2103.14030; as in FaceX-Zoo, Wang et al. 2021, arXiv "
    "2101.04407: a dense layer over all tokens and a batch norm stand for mean and classifier. "
    "Maps that windows do not divide are padded, as in timm; FaceX-Zoo takes none such."
)


class Swin(ScalableNetwork):
    """Base class of both depths.

    FaceX-Zoo trained on photos of 224 x 224 in patches of 4, and of 112 x 112 in patches of 2:
    `patch` chooses, and the photos' size follows.
    """

    paper: ClassVar[str] = PAPER
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_input_size: ClassVar[tuple[int, int]] = (224, 224)
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    timm_name: ClassVar[str]
    drop_path: ClassVar[float]
    parameters: ClassVar[int]

    patch: Literal[2, 4] = Field(
        4, description="edge of a patch in pixels: 4 for photos of 224 x 224, 2 for 112 x 112"
    )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the network takes, in pixels; 56 patches where not set."""
        return self.input_size or (PATCHES * self.patch, PATCHES * self.patch)

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width`, `patch` and `embedding`."""
        from faceaudit.networks.modules.swin import build_swin  # noqa: PLC0415 - slow to load

        return build_swin(
            self.timm_name,
            self.channels,
            size=self.size,
            patch=self.patch,
            drop_path=self.drop_path,
            embedding=self.embedding,
        )

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names.

        Tensors that follow from the sizes alone are left out: positions in a window and masks of
        shifted ones.
        """
        return {
            _our_key(name): tensor
            for name, tensor in tensors.items()
            if not DERIVED.fullmatch(name)
        }


@networks.register
class SwinT(Swin):
    """FaceX-Zoo's Swin-T: BGR, 224 x 224, 46.79 M parameters, 19 M of them in the last layer."""

    name: ClassVar[str] = "swin_t"
    timm_name: ClassVar[str] = "swin_tiny_patch4_window7_224"
    drop_path: ClassVar[float] = 0.2
    parameters: ClassVar[int] = 46_788_474


@networks.register
class SwinS(Swin):
    """FaceX-Zoo's Swin-S: BGR, 224 x 224, 68.11 M parameters, 19 M of them in the last layer."""

    name: ClassVar[str] = "swin_s"
    timm_name: ClassVar[str] = "swin_small_patch4_window7_224"
    drop_path: ClassVar[float] = 0.3
    parameters: ClassVar[int] = 68_106_378


def _our_key(name: str) -> str:
    if BLOCK.match(name):
        return f"body.{name}"
    merge = MERGE.match(name)
    if merge:
        # FaceX-Zoo halves at the end of a stage, timm at the start of the next.
        return f"body.layers.{int(merge[1]) + 1}.downsample.{name[merge.end() :]}"
    return name
