"""Inversions of templates: a face from a stolen embedding, one attack a file."""

from faceaudit.attacks.inversion.generators import generators  # noqa: F401 - attacks name them
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    TemplateOracle,
    template_inversions,
)

__all__ = ["Knowledge", "TemplateInversion", "TemplateOracle", "template_inversions"]
