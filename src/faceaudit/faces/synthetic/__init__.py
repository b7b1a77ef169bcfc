"""People who do not exist, rendered from a parametric head; nobody's biometric data."""

from faceaudit.faces.synthetic.source import RENDERER_VERSION, Synthetic

__all__ = ["RENDERER_VERSION", "Synthetic"]
