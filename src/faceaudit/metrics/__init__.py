"""Figures from evidence: pure functions that never see a model."""

from faceaudit.metrics.intervals import wilson
from faceaudit.metrics.recognition import accuracy, attack_success

__all__ = ["accuracy", "attack_success", "wilson"]
