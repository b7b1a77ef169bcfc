"""No protection: the template itself is stored."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.types import FloatArray, IntArray


@template_protections.register
class Unprotected(TemplateProtection):
    """Templates are stored as the network gives them."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = (
        "what every protection is compared with; what it lacks, ISO/IEC 24745:2022 asks for"
    )

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return the templates."""
        del keys
        return templates

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return what is stored: it is the template."""
        del keys, size
        return protected
