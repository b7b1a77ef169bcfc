"""The mean of several enrolled photos as the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.metrics import normalized
from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    asks_for_most,
    enrolment_mitigations,
)
from faceaudit.types import BoolArray, FloatArray


@enrolment_mitigations.register
class MeanTemplate(EnrolmentMitigation):
    """Enrols the mean of several templates, of which the attacker could poison one."""

    name: ClassVar[str] = "mean_template"
    paper: ClassVar[str] = (
        "the usual fusion of templates (e.g. Crosswhite et al. 2018, Template adaptation, arXiv "
        "1603.03958); against a poisoned photo after Chen et al. 2024, arXiv 2405.12786"
    )

    photos: int = Field(2, ge=1, le=10, description="further photos that are averaged with it")

    @property
    def further_photos(self) -> int:
        """As many as it was told."""
        return self.photos

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether wearers are as alike as can be: the mean keeps a share of just that."""
        del networks
        return asks_for_most(attack)

    def accepts(
        self, enrolled: Enrolments, probes: tuple[FloatArray, ...], point: Point
    ) -> BoolArray:
        """Return which probes match the mean."""
        mean = normalized(enrolled.beside(point.network, self.photos).mean(axis=1))
        return np.asarray(mean @ probes[point.network].T >= point.threshold)
