"""Protection by storing one template of several networks in the place of one network's."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.types import FloatArray, IntArray


@template_protections.register
class Averaging(TemplateProtection):
    """The templates of several networks, joined to one.

    Their mean has entries of which each network wrote a part. Side by side they are compared by the
    mean of the networks' cosines, and nothing is hidden: the joint template is then only harder to
    fit for whoever knows one of the networks.
    """

    name: ClassVar[str] = "averaging"
    paper: ClassVar[str] = (
        "after FaceBone, a multi-backbone mitigation known by its code, with the backbones of "
        "FaceX-Zoo (Wang, Liu, Hu, Shi, Mei 2021, arXiv 2101.04407); there what a verifier answers "
        "is averaged, here what is stored"
    )
    several: ClassVar[bool] = True

    networks: int = Field(2, ge=2, description="how many networks' templates are given")
    join: Literal["mean", "side_by_side"] = Field(
        "mean",
        description="the mean of templates, which must be of one length, or all of them side by "
        "side",
    )

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, E) means of templates, or (N, sum of E).

        Raises:
            InputError: the mean is asked for of templates of several lengths.
        """
        del keys
        if self.join == "side_by_side":
            return templates
        size, rest = divmod(templates.shape[1], self.networks)
        parts = None if rest else templates.reshape(len(templates), self.networks, size)
        if parts is None or not np.allclose(np.linalg.norm(parts, axis=2), 1, atol=1e-3):
            raise InputError(
                f"expected templates of {self.networks} networks, each of length {size} and norm "
                f"1, got {templates.shape[1]} entries; try join: side_by_side"
            )
        return np.asarray(parts.mean(axis=1), dtype=np.float32)

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return (N, sum of E) templates: the mean for each of the networks.

        That is the pseudo-inverse, of all templates with this mean the shortest.
        """
        del keys
        return np.asarray(np.tile(protected, (1, size // protected.shape[1])))
