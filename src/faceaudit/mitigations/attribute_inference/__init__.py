"""Mitigations of attribute inference: templates that say less of a person, one a file."""

from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Known,
    attribute_mitigations,
)

__all__ = ["AttributeMitigation", "Known", "attribute_mitigations"]
