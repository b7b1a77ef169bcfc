"""Finding faces in photos and bringing them to where a network expects them."""

from faceaudit.faces.alignment.base import Align, AlignedPhoto, aligners

__all__ = ["Align", "AlignedPhoto", "aligners"]
