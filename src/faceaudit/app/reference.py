"""What a network's scores mean: how other people score, and thresholds with their errors.

Scores here are cosines, -1 to 1; higher is more alike.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from faceaudit.files.atomic import write_atomically
from faceaudit.metrics import OperatingPoint
from faceaudit.protocols import Result
from faceaudit.types import Estimate, Float64Array

BINS = 60
"""Bars of a distribution."""

ONE_IN = (10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)
"""False match rates to choose from, each as one in so many."""

FMRS = (
    *(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15),
    *(1 / many for many in ONE_IN),
    *(0.0005, 0.0002, 0.0001),
)
"""All that thresholds are kept for: a score's own rate is told by the nearest of them."""


@dataclass(frozen=True)
class Distribution:
    """How scores of one kind lie.

    Attributes:
        n: how many comparisons there are.
        shares: of them in each of the bars, adding up to 1.
    """

    n: int
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Reference:
    """How a network scores people whom it has not learned from and who are not in the gallery.

    Attributes:
        people: on the photos.
        real: whether they exist.
        edges: of the bars of both distributions, one more than bars.
        genuine: scores of two photos of one person.
        impostor: scores of two people.
        points: thresholds, by falling false match rate, with both errors as measured on people
            whom the threshold was not chosen on.
    """

    people: int
    real: bool
    edges: tuple[float, ...]
    genuine: Distribution
    impostor: Distribution
    points: tuple[OperatingPoint, ...]

    @property
    def choices(self) -> tuple[OperatingPoint, ...]:
        """The points to choose from: 1 in 10 to 1 in 1,000, as far as there are people enough."""
        return tuple(
            point
            for point in self.points
            if point.threshold is not None and round(1 / point.asked, 6) in ONE_IN
        )

    def point_at(self, fmr: float) -> OperatingPoint | None:
        """Return the threshold for a false match rate, or None where there is none."""
        near = (point for point in self.choices if abs(point.asked / fmr - 1) < 1e-6)
        return next(near, None)

    def strangers_at(self, score: float) -> Estimate | None:
        """Return the share of strangers who score at least as high, or None where most do.

        It is that of the next lower threshold that is kept, and so never too small.
        """
        reached = [
            point
            for point in self.points
            if point.threshold is not None and point.threshold <= score
        ]
        return reached[-1].fmr if reached else None

    def save(self, path: Path) -> None:
        """Write it to a file."""
        write_atomically(path, json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Reference:
        """Read what `save` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            people=values["people"],
            real=values["real"],
            edges=tuple(values["edges"]),
            genuine=_distribution(values["genuine"]),
            impostor=_distribution(values["impostor"]),
            points=tuple(_point(point) for point in values["points"]),
        )


def reference_of(result: Result, scores: Path, *, real: bool) -> Reference:
    """Return what a verification by cosine distances says of scores.

    Args:
        result: of `faceaudit.evaluate_verification`, with thresholds for `FMRS`.
        scores: the file that it wrote as its `scores_out`.
        real: whether the people in it exist.
    """
    genuine, impostor = _read(scores)
    lowest = min(genuine.min(), impostor.min())
    edges = np.linspace(lowest, 1, BINS + 1)
    return Reference(
        people=int(result.facts["people"]),
        real=real,
        edges=tuple(edges.tolist()),
        genuine=_spread(genuine, edges),
        impostor=_spread(impostor, edges),
        points=tuple(_as_cosine(point) for point in result.thresholds),
    )


def _read(scores: Path) -> tuple[Float64Array, Float64Array]:
    """Return the cosines of genuine and of impostor comparisons that thresholds rest on."""
    with scores.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["label"] == "1", row["fold"] == "", 1 + float(row["score"]))
            for row in csv.DictReader(file)
            if row["score"].lower() != "nan"
        ]
    genuine = np.array([score for same, _, score in rows if same])
    strangers = np.array([score for same, drawn, score in rows if drawn and not same])
    listed = [score for same, _, score in rows if not same]
    return genuine, strangers if len(strangers) else np.array(listed)


def _spread(scores: Float64Array, edges: Float64Array) -> Distribution:
    counts, _ = np.histogram(np.clip(scores, edges[0], edges[-1]), bins=edges)
    return Distribution(len(scores), tuple((counts / len(scores)).tolist()))


def _as_cosine(point: OperatingPoint) -> OperatingPoint:
    return replace(point, threshold=None if point.threshold is None else 1 + point.threshold)


def _distribution(values: dict[str, Any]) -> Distribution:
    return Distribution(values["n"], tuple(values["shares"]))


def _point(values: dict[str, Any]) -> OperatingPoint:
    rates = {
        name: None if values[name] is None else Estimate(**values[name]) for name in ("fmr", "fnmr")
    }
    return OperatingPoint(**{**values, **rates})


def chosen_together(references: Sequence[Reference]) -> tuple[float, ...]:
    """Return the false match rates that every one of several references has a threshold for."""
    each = [{point.asked for point in one.choices} for one in references]
    return tuple(sorted(set.intersection(*each), reverse=True)) if each else ()
