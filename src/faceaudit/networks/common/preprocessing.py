"""Preparation of pixels: order, mean and scale of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from faceaudit.deferred import deferred
from faceaudit.registry import Options

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

Channels = tuple[float, float, float]


class Preprocessing(Options):
    """Preparation of pixels for a network: `(x - mean) / scale`, channel by channel.

    This is where face networks are most often used wrongly: nothing fails, the figures are just
    worse. So it belongs to the network and is never left to the caller.
    """

    order: Literal["rgb", "bgr"] = Field("rgb", description="order of the channels")
    mean: Channels = Field(
        (127.5, 127.5, 127.5),
        description="subtracted, in grey levels of 0 to 255, in the order of the channels above; "
        "one number stands for all",
    )
    scale: tuple[
        Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]
    ] = Field((127.5, 127.5, 127.5), description="what the difference is divided by; likewise")

    @field_validator("mean", "scale", mode="before", json_schema_input_type=float | list[float])
    @classmethod
    def _of_all_channels(cls, value: object) -> object:
        """Let one number stand for all three channels."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return (value, value, value) if number else value

    def apply(self, images: Tensor) -> Tensor:
        """Turn (N, H, W, 3) uint8 RGB into (N, 3, H, W) float32, channels last in memory."""
        pixels = images.flip(3) if self.order == "bgr" else images
        floats = pixels.permute(0, 3, 1, 2).to(torch.float32)
        if len(set(self.mean)) == len(set(self.scale)) == 1:
            return floats.sub_(self.mean[0]).mul_(1 / self.scale[0])
        mean = torch.tensor(self.mean, device=images.device).view(1, 3, 1, 1)
        scale = torch.tensor(self.scale, device=images.device).view(1, 3, 1, 1)
        return floats.sub_(mean).div_(scale)


INSIGHTFACE = Preprocessing()
"""RGB, (x / 255 - 0.5) / 0.5: insightface's PyTorch networks."""

INSIGHTFACE_128 = Preprocessing(scale=(128.0, 128.0, 128.0))
"""RGB, (x - 127.5) / 128: insightface's MXNet networks and the MobileFaceNet of CASIA."""

FACEX_ZOO = Preprocessing(order="bgr", scale=(128.0, 128.0, 128.0))
"""BGR, (x - 127.5) / 128: FaceX-Zoo."""
