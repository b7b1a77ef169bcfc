"""A photo as a network sees it, and the template it makes of it."""

from __future__ import annotations

import faceaudit
from faceaudit.app.networks import KnownNetwork
from faceaudit.errors import PhotoError
from faceaudit.types import FloatArray, ImageArray


def crop_of(network: KnownNetwork, pixels: ImageArray) -> ImageArray:
    """Return the part of a photo that a network is shown, (H, W, 3) uint8 of its size.

    Raises:
        PhotoError: no face in it can be used.
    """
    shown = network.compare(pixels, pixels).photos[0].images[0]
    crop: ImageArray = shown[0]
    return crop


def template_of(network: KnownNetwork, pixels: ImageArray) -> FloatArray | None:
    """Return the (E,) template of a photo; None where no face in it can be used."""
    try:
        crop = crop_of(network, pixels)
    except PhotoError:
        return None
    template: FloatArray = faceaudit.embed(network.embedder, crop[None])[0]
    return template
