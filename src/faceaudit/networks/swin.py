"""Swin Transformer: attention within windows that shift from layer to layer."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.timm_body import FACEX_ZOO_WEIGHTS, TimmFace

EMBED = 96
HEADS = 12
"""The 96 channels go to 3 heads, and so on; multiples of 12 keep every head's share even."""
PATCHES = 56
SCALE = 8
"""What the later three stages multiply the channels and divide the map by."""

BLOCK = re.compile(r"layers\.\d\.blocks\.|patch_embed\.")
MERGE = re.compile(r"layers\.(\d)\.downsample\.")
DERIVED = re.compile(r"layers\.\d\.blocks\.\d+\.(?:attn\.relative_position_index|attn_mask)")
PAPER = (
    "Liu et al. 2021, Swin Transformer, arXiv 2103.14030; as in FaceX-Zoo, Wang et al. 2021, arXiv "
    "2101.04407: a dense layer over all tokens and a batch norm stand for mean and classifier. "
    "Maps that windows do not divide are padded, as in timm; FaceX-Zoo takes none such."
)


class Swin(ScalableNetwork):
    """What the depths share.

    FaceX-Zoo trained on photos of 224 x 224 in patches of 4, and of 112 x 112 in patches of 2:
    `patch` chooses, and the photos' size follows.
    """

    paper = PAPER
    known_weights = FACEX_ZOO_WEIGHTS
    default_input_size: ClassVar[tuple[int, int]] = (224, 224)
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    plan: ClassVar[str]
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
        import timm  # noqa: PLC0415 - slow to load

        embed = self.channels(EMBED, HEADS)
        body: Any = timm.create_model(
            self.plan,
            pretrained=False,
            num_classes=0,
            img_size=self.size,
            patch_size=self.patch,
            embed_dim=embed,
            drop_path_rate=self.drop_path,
        )
        # FaceX-Zoo has the last norm in the end; it stands there under its name in checkpoints.
        body.norm = nn.Identity()
        features = embed * SCALE
        height, width = (math.ceil(edge / self.patch / SCALE) for edge in self.size)
        dense = nn.Linear(features * height * width, self.embedding)
        nn.init.trunc_normal_(dense.weight, std=0.02)
        nn.init.zeros_(dense.bias)
        output_layer = nn.Sequential(
            nn.LayerNorm(features), nn.Flatten(), dense, nn.BatchNorm1d(self.embedding)
        )
        return TimmFace(body, output_layer)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names.

        Left out is what follows from the sizes alone: the places in a window and the masks of
        shifted ones.
        """
        return {
            _ours(name): tensor for name, tensor in tensors.items() if not DERIVED.fullmatch(name)
        }


@networks.register
class SwinT(Swin):
    """FaceX-Zoo's Swin-T: BGR, 224 x 224, 46.79 M parameters, 19 M of them in the last layer."""

    name = "swin_t"
    plan: ClassVar[str] = "swin_tiny_patch4_window7_224"
    drop_path: ClassVar[float] = 0.2
    parameters: ClassVar[int] = 46_788_474


@networks.register
class SwinS(Swin):
    """FaceX-Zoo's Swin-S: BGR, 224 x 224, 68.11 M parameters, 19 M of them in the last layer."""

    name = "swin_s"
    plan: ClassVar[str] = "swin_small_patch4_window7_224"
    drop_path: ClassVar[float] = 0.3
    parameters: ClassVar[int] = 68_106_378


def _ours(name: str) -> str:
    if BLOCK.match(name):
        return f"body.{name}"
    merge = MERGE.match(name)
    if merge:
        # FaceX-Zoo halves at the end of a stage, timm at the start of the next.
        return f"body.layers.{int(merge[1]) + 1}.downsample.{name[merge.end() :]}"
    return name
