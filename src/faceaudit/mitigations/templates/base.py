"""Base class of template protections: another vector is stored in the place of a template.

ISO/IEC 24745 asks of such a vector that the face cannot be had from it (irreversibility), that two
of one person cannot be told to be of one (unlinkability), and that it can be replaced
(renewability): by another key.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from faceaudit.registry import Component, Registry
from faceaudit.types import Float64Array, FloatArray, IntArray

SYSTEM_KEY = 0
"""The key of a system that has one for everybody."""


class TemplateProtection(Component):
    """A way to store templates; an author writes `protect`, and `compare` where it is no cosine.

    Attributes:
        keyed: whether what is stored depends on a key; without, everybody's is stored alike.
        several: whether it joins the templates of several networks.
    """

    family: ClassVar[str] = "template_protection"
    plan_key: ClassVar[str] = "protection"
    keyed: ClassVar[bool] = False
    several: ClassVar[bool] = False

    @abstractmethod
    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, F) protected templates of (N, E) templates of length 1.

        The same template and key give the same answer, whatever else is protected beside it. A
        protection with `several` is given the templates of all networks side by side, each of
        length 1, (N, sum of E).

        Args:
            templates: (N, E).
            keys: (N,) the key of each, 0 or more; those of one person, or of one system.
        """

    def compare(self, first: FloatArray, second: FloatArray) -> Float64Array:
        """Return (N,) scores of two columns of protected templates, higher is more alike.

        It is the cosine, unless a protection says otherwise. Of bits that are kept as -1 and 1 that
        is 1 - 2 x the share of bits that differ.
        """
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        dots = np.sum(first.astype(np.float64) * second.astype(np.float64), axis=1)
        return np.asarray(dots / np.maximum(lengths, 1e-12))

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray | None:
        """Return (N, E) estimates of the templates, of any length, by somebody who knows the keys.

        None where there is no way to compute one: an attacker then learns one from templates of
        their own, protected with the same keys.

        Args:
            protected: (N, F).
            keys: (N,) the key of each.
            size: E, how many entries a template has; with `several`, those of all networks.
        """
        del protected, keys, size
        return None


template_protections: Registry[TemplateProtection] = Registry(
    TemplateProtection,  # type: ignore[type-abstract]
    "faceaudit.mitigations.templates",
)
