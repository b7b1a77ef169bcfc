"""A vote of several enrolled photos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    asks_for_most,
    enrolment_mitigations,
)
from faceaudit.types import BoolArray, FloatArray


@enrolment_mitigations.register
class Vote(EnrolmentMitigation):
    """Lets a probe in that matches enough of several enrolled photos; one match is "any"."""

    name: ClassVar[str] = "vote"
    paper: ClassVar[str] = (
        "fusion of decisions by majority (Kittler, Hatef, Duin, Matas 1998, On combining "
        "classifiers, TPAMI 20); against a poisoned photo here"
    )

    photos: int = Field(2, ge=1, le=10, description="further photos that are enrolled with it")
    matching: int = Field(
        2, ge=1, le=11, description="how many of all must match; 1 is the best match, as usual"
    )

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if self.matching > 1 + self.photos:
            raise ValueError(
                f"expected matching of {1 + self.photos} photos at most, the enrolled one and "
                f"{self.photos} further, got {self.matching}; raise photos"
            )
        return self

    @property
    def further_photos(self) -> int:
        """As many as it was told."""
        return self.photos

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether wearers are as alike as can be, where one match is enough.

        Where two must match a stranger has to match a photo without the key, for which a key that
        is one for everybody can do nothing: no key here is made against that.
        """
        del networks
        return self.matching == 1 and asks_for_most(attack)

    def accepts(
        self, enrolled: Enrolments, probes: tuple[FloatArray, ...], point: Point
    ) -> BoolArray:
        """Return which probes match as many as are wanted."""
        each = enrolled.beside(point.network, self.photos)
        cosines = np.einsum("nke,pe->nkp", each, probes[point.network], optimize=True)
        return np.asarray((cosines >= point.threshold).sum(axis=1) >= self.matching)
