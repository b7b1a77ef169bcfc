"""A check of quality: how long the embedding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)
from faceaudit.mitigations.enrolment.common.limit import (
    FEWEST,
    check_people,
    limit_of,
    refused_at_least,
)
from faceaudit.types import BoolArray


@dataclass(frozen=True)
class Lengths:
    """The shortest and the longest embedding that are let in, by network."""

    shortest: tuple[float, ...]
    longest: tuple[float, ...]


@enrolment_mitigations.register
class QualityCheck(EnrolmentMitigation):
    """Refuses a photo whose embedding is shorter, or longer, than nearly all of clean photos."""

    name: ClassVar[str] = "quality_check"
    paper: ClassVar[str] = (
        "the length of an embedding as quality: Meng, Zhao, Huang, Zhou 2021 (MagFace), arXiv "
        "2103.06627, for networks trained to show it; used on any network here, and to both sides, "
        "as a strong pattern makes embeddings long"
    )

    fewest: ClassVar[int] = FEWEST

    refused: float = Field(
        0.02, gt=0, lt=0.5, description="the share of clean photos that may be refused"
    )

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether embeddings of wearers are to be as long as those of bare faces."""
        del networks
        return bool(attack.get("usual_length", False))

    def promised(self, people: int) -> float:
        """Return the share that so many people can hold it to."""
        return 2 * refused_at_least(self.refused / 2, people)

    def fit(self, clean: Enrolments) -> Lengths:
        """Return the ends that hold all but the refused share, half of it at either.

        Raises:
            InputError: fewer than 20 photos.
        """
        check_people(len(clean))
        lengths = [np.linalg.norm(one, axis=1) for one in clean.embeddings]
        return Lengths(
            tuple(-limit_of(-one, self.refused / 2) for one in lengths),
            tuple(limit_of(one, self.refused / 2) for one in lengths),
        )

    def refuses(self, offered: Enrolments, fitted: object, point: Point) -> BoolArray:
        """Return which photos have an embedding beyond the ends."""
        assert isinstance(fitted, Lengths)
        length = np.linalg.norm(offered.embeddings[point.network], axis=1)
        shortest, longest = fitted.shortest[point.network], fitted.longest[point.network]
        return np.asarray((length < shortest) | (length > longest))
