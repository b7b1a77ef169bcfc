"""Mitigation: photos are compressed before they are embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import cv2
    import torch
    from torch import Tensor
else:
    cv2 = deferred("cv2")
    torch = deferred("torch")


@matching_mitigations.register
class Jpeg(MatchingMitigation):
    """Photos, enrolled and shown, are compressed as JPEG and read again before they are embedded.

    An attacker who knows of it takes the compression's derivative for that of doing nothing
    (straight through), as it rounds.
    """

    name: ClassVar[str] = "jpeg"
    paper: ClassVar[str] = (
        "Dziugaite, Ghahramani, Roy 2016, A study of the effect of JPG compression on adversarial "
        "images, arXiv 1608.00853; the attacker's derivative is BPDA of Athalye, Carlini, Wagner "
        "2018, arXiv 1802.00420"
    )
    changes: ClassVar[bool] = True

    quality: int = Field(50, ge=1, le=100, description="of libjpeg, 100 is the best")

    def change(self, images: ImageArray) -> ImageArray:
        """Return photos as they are read again."""
        out = np.empty_like(images)
        flags = [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        for into, image in zip(out, images, strict=True):
            _, coded = cv2.imencode(".jpg", image[..., ::-1], flags)
            into[:] = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[..., ::-1]
        return out

    def flow(self, pixels: Tensor) -> Tensor:
        """Return pixels as they are read again, with the derivative of the pixels themselves."""
        with torch.no_grad():
            whole = pixels.detach().round().clamp(0, 255).to(torch.uint8).cpu().numpy()
            read = torch.from_numpy(self.change(whole)).to(pixels)
        return pixels + (read - pixels).detach()
