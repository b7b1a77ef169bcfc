"""Trained face-recognition systems."""

from faceaudit.systems.identifier import Identifier, train_identifier

__all__ = ["Identifier", "train_identifier"]
