"""Protections of templates: what is stored in their place, one a file."""

from faceaudit.mitigations.templates.base import TemplateProtection, template_protections

__all__ = ["TemplateProtection", "template_protections"]
