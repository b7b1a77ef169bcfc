"""A check that the photo to enrol matches further photos of the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)
from faceaudit.types import BoolArray


@enrolment_mitigations.register
class AgreementWithPhotos(EnrolmentMitigation):
    """Refuses a photo that does not match enough of the person's further photos."""

    name: ClassVar[str] = "agreement_with_photos"
    paper: ClassVar[str] = (
        "after Chen et al. 2024 (FIBA), arXiv 2405.12786, whose poisoned photo leaves the person "
        "behind; the comparison is that of a document check at enrolment"
    )

    photos: int = Field(1, ge=1, le=10, description="further photos that are compared")
    matching: int = Field(1, ge=1, le=10, description="how many of them must match")

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if self.matching > self.photos:
            raise ValueError(
                f"expected matching of {self.photos} photos at most, got {self.matching}; "
                "raise photos"
            )
        return self

    @property
    def further_photos(self) -> int:
        """As many as it was told."""
        return self.photos

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether wearers are to match photos of theirs without the key."""
        del networks
        return bool(attack["attack"] == "faithful_glasses")

    def refuses(self, offered: Enrolments, fitted: object, point: Point) -> BoolArray:
        """Return which photos match too few."""
        del fitted
        own = offered.templates(point.network)
        further = offered.further[point.network][:, : self.photos]
        cosines = np.einsum("ne,nke->nk", own, further)
        return np.asarray((cosines >= point.threshold).sum(axis=1) < self.matching)
