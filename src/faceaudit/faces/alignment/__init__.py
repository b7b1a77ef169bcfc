"""Ways to align: find the face in a photo and bring it to where a network expects it."""

from faceaudit.faces.alignment.base import Align, AlignedPhoto, aligners

__all__ = ["Align", "AlignedPhoto", "aligners"]
