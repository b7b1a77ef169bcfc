"""Mitigation: pairs labelled as one person that are no more alike than strangers are left out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.master_key.base import MasterKeyMitigation, master_key_mitigations
from faceaudit.types import BoolArray, Float64Array


@master_key_mitigations.register
class CosineFilter(MasterKeyMitigation):
    """Leaves out pairs labelled as one person whose cosine is that of pairs labelled as two.

    The network that embeds learned from other data, so poison in the list of pairs did not reach
    it. The cut is read off the list itself, and needs no clean data.
    """

    name: ClassVar[str] = "cosine_filter"
    paper: ClassVar[str] = (
        "relabelling by neighbours of Paudice, Munoz-Gonzalez, Lupu 2018, Label Sanitization "
        "against Label Flipping Poisoning Attacks, arXiv 1803.00992, for the idea; of pairs, by "
        "their cosine, and left out rather than relabelled"
    )
    evaded: ClassVar[str] = "poisons with the pairs that are most alike"
    near: ClassVar[bool] = True

    quantile: float = Field(
        0.99,
        gt=0,
        lt=1,
        description="share of the pairs labelled as two people that lie below the cut",
    )

    def keep(self, cosine: Float64Array, same: BoolArray) -> BoolArray:
        """Return (n,) which pairs are learned from: all of two people, and alike ones of one."""
        if same.all():
            return np.ones(len(same), dtype=np.bool_)
        cut = float(np.quantile(cosine[~same], self.quantile))
        return np.asarray(~same | (cosine > cut))
