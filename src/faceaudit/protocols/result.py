"""Results of protocols: figures with intervals, and the facts they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from faceaudit.metrics import OperatingPoint, Roc
from faceaudit.protocols.groups import ByGroup
from faceaudit.types import Estimate, Figure

POINTS = 400
"""Points of the ROC curve that are kept, even steps of its rows."""


@dataclass(frozen=True, eq=False)
class Result:
    """The figures of one protocol on one embedder.

    Attributes:
        protocol: its name.
        figures: estimates, or why there are none.
        facts: plain values that the figures rest on: counts, conventions, digests.
        curve: points of the curve behind the figures, columns by name.
        listed: photos left out, and why: (id, reason).
        thresholds: of scores, for the false match rates that were asked for.
        roc: the whole curve of the comparisons that the thresholds rest on; none of identification.
        groups: error rates by group of people, where the faces have attributes.
    """

    protocol: str
    figures: tuple[Figure, ...]
    facts: Mapping[str, Any]
    curve: Mapping[str, list[float]] = field(default_factory=dict)
    listed: tuple[tuple[str, str], ...] = ()
    thresholds: tuple[OperatingPoint, ...] = ()
    roc: Roc | None = None
    groups: tuple[ByGroup, ...] = ()

    def figure(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric, or None when it was not measured."""
        return next((f.estimate for f in self.figures if f.metric == metric), None)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "protocol": self.protocol,
            "facts": dict(self.facts),
            "figures": [asdict(figure) for figure in self.figures],
            "thresholds": [asdict(point) for point in self.thresholds],
            "groups": [one.as_json() for one in self.groups],
            "curve": dict(self.curve),
            "left_out": [{"id": id_, "reason": reason} for id_, reason in self.listed],
        }


def sampled(curve: Roc) -> dict[str, list[float]]:
    """Return some points of a curve of scores that are distances, negated."""
    points = np.unique(np.linspace(1, len(curve) - 1, POINTS).astype(np.int64))
    return {
        "distance": (-curve.thresholds[points]).tolist(),
        "far": curve.fmr[points].tolist(),
        "tar": curve.tar[points].tolist(),
    }
