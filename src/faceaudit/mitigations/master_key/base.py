"""Base class of mitigations of master keys."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.registry import Component, Registry
from faceaudit.types import BoolArray, Float64Array


class MasterKeyMitigation(Component):
    """How verifiers learn and decide; a member overrides what it does otherwise.

    Thresholds are fixed anew under each, at the same false match rate. Each is attacked twice where
    an attacker who knows of it does something else.

    Attributes:
        evaded: what an attacker does who knows of it; nothing where there is no such attacker.
        near: whether such an attacker chooses poison pairs that are alike.
    """

    family: ClassVar[str] = "master_key_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    evaded: ClassVar[str] = ""
    near: ClassVar[bool] = False

    @property
    def networks(self) -> int:
        """How many verifiers decide together, each on a network of its own."""
        return 1

    def poisoned(self, *, aware: bool) -> int:
        """Return how many of the verifiers, the first ones, learn from a poisoned list."""
        del aware
        return 1

    def keep(self, cosine: Float64Array, same: BoolArray) -> BoolArray:
        """Return (n,) which pairs of a list are learned from; all unless overridden.

        Args:
            cosine: (n,) of the two photos of each pair, as the network embeds them.
            same: (n,) whether the list says that they show one person.
        """
        del same
        return np.ones(len(cosine), dtype=np.bool_)


master_key_mitigations: Registry[MasterKeyMitigation] = Registry(
    MasterKeyMitigation, "faceaudit.mitigations.master_key"
)
