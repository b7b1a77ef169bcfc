"""Figures from evidence: pure functions that never see a model."""

from faceaudit.metrics.intervals import wilson

__all__ = ["wilson"]
