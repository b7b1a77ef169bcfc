"""Several networks that must agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)
from faceaudit.types import BoolArray, FloatArray


@enrolment_mitigations.register
class AgreementOfBackbones(EnrolmentMitigation):
    """Lets a probe in that the system's own network and enough of the others let in."""

    name: ClassVar[str] = "agreement_of_backbones"
    paper: ClassVar[str] = (
        "ours, of 2026: FaceBone's several backbones, turned against keys of one of them; each "
        "decides at its own threshold"
    )

    missing: int = Field(
        0, ge=0, le=10, description="how many of the other networks may say no at most"
    )

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether the key was made on as many networks as have to agree."""
        return networks > 1 and int(attack.get("networks", 0)) >= networks - self.missing

    def accepts(
        self, enrolled: Enrolments, probes: tuple[FloatArray, ...], point: Point
    ) -> BoolArray:
        """Return which probes enough networks let in."""
        each = np.stack(
            [
                enrolled.templates(number) @ probes[number].T >= threshold
                for number, threshold in enumerate(point.thresholds)
            ]
        )
        others = len(each) - each.sum(axis=0)
        return np.asarray(each[point.network] & (others <= self.missing))
