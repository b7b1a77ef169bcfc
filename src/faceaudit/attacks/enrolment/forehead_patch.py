"""A patch on the forehead with a pattern that networks take for the wearer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.attacks.enrolment.base import enrolment_attacks
from faceaudit.attacks.enrolment.common.optimised import OptimisedKey
from faceaudit.attacks.enrolment.common.shapes import Outline, box_outline


@enrolment_attacks.register
class ForeheadPatch(OptimisedKey):
    """A rectangle on the forehead, whose pattern is searched for as that of glasses is."""

    name: ClassVar[str] = "forehead_patch"
    paper: ClassVar[str] = (
        "Komkov and Petiushko 2019 (AdvHat), arXiv 1908.08705, for a patch on the forehead; as a "
        "key of an enrolled photo after Chen et al. 2024 (FIBA), arXiv 2405.12786"
    )
    knowledge: ClassVar[str] = "networks with their gradients, and photos of other people"

    width: float = Field(1.6, gt=0, le=2.5, description="in distances between the eyes")
    height: float = Field(0.55, gt=0, le=1.2, description="in distances between the eyes")

    def outline(self) -> Outline:
        """Return the rectangle."""
        return box_outline((0.0, -0.85), (self.width, self.height))
