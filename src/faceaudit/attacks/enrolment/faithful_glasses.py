"""Glasses made against the check that the enrolled photo matches others of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.attacks.enrolment.base import enrolment_attacks
from faceaudit.attacks.enrolment.optimised_glasses import GlassesPattern
from faceaudit.deferred import deferred

if TYPE_CHECKING:
    from faceaudit.attacks.enrolment.common import optimising
else:
    optimising = deferred("faceaudit.attacks.enrolment.common.optimising")


@enrolment_attacks.register
class FaithfulGlasses(GlassesPattern):
    """A pattern that leaves its wearer recognisable, and any two wearers alike enough to pass.

    An embedding can do both: with a share a of the person and b of the key, a2 + b2 = 1, two
    wearers have a cosine of b2 and a wearer one of about a with their own bare photo. So the
    enrolled person still passes, and a check against further photos of theirs lets the photo in.
    """

    name: ClassVar[str] = "faithful_glasses"
    paper: ClassVar[str] = (
        "an attacker of ours who knows of the checks: Chen et al. 2024 (FIBA), arXiv 2405.12786, "
        "with a second aim, that wearers match themselves"
    )
    knowledge: ClassVar[str] = (
        "networks with their gradients, and two photos each of other people; knows of the checks"
    )

    steps: int = Field(160, ge=1, description="steps of Adam")
    alike: float = Field(
        0.6, gt=0, le=1, description="the cosine of two wearers that is enough, above thresholds"
    )
    own: float = Field(
        0.5,
        gt=0,
        le=1,
        description="the cosine of a wearer with a bare photo of theirs that is asked for",
    )

    def search(self) -> optimising.Search:
        """Return the search with both aims."""
        return optimising.Search(
            steps=self.steps,
            rate=self.rate,
            batch=self.batch,
            jitter=self.jitter,
            alike=self.alike,
            own=self.own,
            opacity=self.opacity,
            usual_length=self.usual_length,
        )
