"""Protection by keeping a few bits of each entry; it has no key."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.types import FloatArray, IntArray

REACH = 3.0
"""Entries beyond so many standard deviations fall into the outermost steps."""


@template_protections.register
class Quantisation(TemplateProtection):
    """Each entry is rounded to one of a few steps; with one bit, its sign is left.

    Entries are taken by how many standard deviations of the template's own they lie from its own
    mean, from -3 to 3, in steps of one width. What is stored is the middle of the step, so that
    cosines can be taken as before. That mean and deviation are not stored.
    """

    name: ClassVar[str] = "quantisation"
    paper: ClassVar[str] = (
        "uniform scalar quantisation; binarised face templates as in Drozdowski, Struck, Rathgeb, "
        "Busch 2018, Benchmarking binarisation schemes for deep face templates, which chooses its "
        "steps on training templates where this goes by each template alone"
    )

    bits: int = Field(1, ge=1, le=8, description="bits kept of each entry")

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, E) middles of steps, in standard deviations of the template."""
        del keys
        away = templates - templates.mean(axis=1, keepdims=True)
        deviation = np.maximum(away.std(axis=1, keepdims=True), 1e-12)
        steps = 2**self.bits
        width = 2 * REACH / steps
        number = np.clip(np.floor((away / deviation + REACH) / width), 0, steps - 1)
        return np.asarray((number + 0.5) * width - REACH, dtype=np.float32)

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return the middles of the steps at length 1: the template but for its mean entry."""
        del keys, size
        lengths = np.linalg.norm(protected, axis=1, keepdims=True)
        return np.asarray(protected / np.maximum(lengths, 1e-12))
