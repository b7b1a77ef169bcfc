"""Base class of mitigations of a system that compares photos with those of enrolled people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.registry import Component, Registry
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from torch import Tensor


class MatchingMitigation(Component):
    """How a system takes photos and decides; a member overrides what it does otherwise.

    Thresholds are fixed anew under each mitigation, on strangers at the same false match rate: what
    a mitigation costs is then seen in how many people are still accepted as themselves.

    Attributes:
        changes: whether photos are changed before they are embedded; then `change` and `flow` say
            how, and do nearly the same.
    """

    family: ClassVar[str] = "matching_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    changes: ClassVar[bool] = False

    @property
    def networks(self) -> int:
        """How many networks have to agree."""
        return 1

    @property
    def enrolled(self) -> int:
        """How many photos of each person are enrolled; their mean template is compared."""
        return 1

    def change(self, images: ImageArray) -> ImageArray:
        """Return (N, H, W, 3) uint8 photos as they are embedded."""
        return images

    def flow(self, pixels: Tensor) -> Tensor:
        """Return (N, H, W, 3) pixels of 0 to 255 as they are embedded; derivatives flow through.

        Where a change has no useful derivative, its backward pass stands in for one.
        """
        return pixels


matching_mitigations: Registry[MatchingMitigation] = Registry(
    MatchingMitigation, "faceaudit.mitigations.matching"
)
