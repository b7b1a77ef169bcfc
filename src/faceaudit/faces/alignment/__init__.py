"""Finding faces in photos and bringing them to where a network expects them."""

from faceaudit.faces.alignment.base import Align, Framed, aligners

__all__ = ["Align", "Framed", "aligners"]
