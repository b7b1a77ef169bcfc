"""Mitigation: several photos of each person are enrolled."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations


@matching_mitigations.register
class SeveralPhotos(MatchingMitigation):
    """A photo is compared with the mean template of several enrolled photos.

    It costs people further photos at enrolment. People with fewer photos are not enrolled.
    """

    name: ClassVar[str] = "several_photos"
    paper: ClassVar[str] = (
        "averaging of a person's features, as in IJB-A: Klare et al. 2015, Pushing the Frontiers "
        "of Unconstrained Face Detection and Recognition, CVPR"
    )

    count: int = Field(2, ge=2, description="photos of each person that are enrolled")

    @property
    def enrolled(self) -> int:
        """How many photos of each person are enrolled."""
        return self.count
