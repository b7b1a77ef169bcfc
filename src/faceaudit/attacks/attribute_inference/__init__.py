"""Attribute inference: what a template says of a person beside who it is, one attack a file."""

from faceaudit.attacks.attribute_inference.base import (
    AttributeAttack,
    Labelled,
    attribute_attacks,
)

__all__ = ["AttributeAttack", "Labelled", "attribute_attacks"]
