"""Glasses whose pattern makes networks take their wearers for one another."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.keys import accessories, accessory
from faceaudit.attacks.enrolment.base import enrolment_attacks
from faceaudit.attacks.enrolment.common.optimised import OptimisedKey
from faceaudit.attacks.enrolment.common.shapes import Outline, glasses_outline


class GlassesPattern(OptimisedKey):
    """Base of patterns in the outline of a pair of glasses, lenses included."""

    shape: str = Field(
        "sunglasses-visor", description="the glasses whose outline, lenses included, is covered"
    )

    @field_validator("shape")
    @classmethod
    def _known(cls, shape: str) -> str:
        if shape not in accessories():
            accessory(shape)
        return shape

    def outline(self) -> Outline:
        """Return what the glasses cover."""
        return glasses_outline(self.shape)


@enrolment_attacks.register
class OptimisedGlasses(GlassesPattern):
    """One pattern for everybody: any two people who wear the glasses are to look alike.

    It is searched for on photos of other people, by gradients of one network or of several at once,
    moved a little at each step. Neither the enrolled person nor the strangers who wear it later are
    known then.
    """

    name: ClassVar[str] = "optimised_glasses"
    paper: ClassVar[str] = (
        "Chen et al. 2024 (FIBA), arXiv 2405.12786; eyeglass frames after Sharif, Bhagavatula, "
        "Bauer, Reiter 2016 (CCS, doi:10.1145/2976749.2978392). The loss here is the mean cosine "
        "of all pairs of wearers, over several networks; lenses are covered, too."
    )
    knowledge: ClassVar[str] = "networks with their gradients, and photos of other people"
