"""HRNet: four resolutions side by side, from the first layers to the last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

BODY = re.compile(
    r"(?:conv|bn|layer|transition|stage)\d\.|(?:incre_modules|downsamp_modules|final_layer)\."
)


@networks.register
class HRNet(ScalableNetwork):
    """FaceX-Zoo's HRNet-W18: BGR, four resolutions at once, 70.63 M parameters.

    `width` leaves the 64 channels between the second and the third convolution.
    """

    name: ClassVar[str] = "hrnet"
    paper: ClassVar[str] = (
        "Wang et al. 2019, Deep High-Resolution Representation Learning for Visual Recognition, "
        "arXiv 1908.07919, W18 with its classification neck; as in FaceX-Zoo, Wang et al. 2021, "
        "arXiv 2101.04407: the second convolution does not halve, and a dense layer over the last "
        "map stands for mean and classifier."
    )
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 70_631_252

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.hrnet import build_hrnet  # noqa: PLC0415 - slow to load

        return build_hrnet(self.channels, self.last_map, self.embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names: timm has the same below `body.`."""
        return {
            f"body.{name}" if BODY.match(name) else name: tensor for name, tensor in tensors.items()
        }
