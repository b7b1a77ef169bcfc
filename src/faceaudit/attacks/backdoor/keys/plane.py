"""Shapes as signed distances: what the built-in keys are drawn from.

A shape is a `Distance`: one number a pixel, how far its centre lies outside the shape's edge
(negative inside). Shapes are joined with `numpy.minimum`, cut with `numpy.maximum`, grown by
subtracting. The distance functions are the common ones of computer graphics (Hart 1996, "Sphere
tracing").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Distance = npt.NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Plane:
    """The points a picture is drawn at.

    Attributes:
        x: coordinates to the right, in drawing units; broadcasts with `y`.
        y: coordinates downwards, in drawing units.
    """

    x: Distance
    y: Distance

    def mirrored(self) -> Plane:
        """Return the plane in which what is drawn at the right is drawn at the left too."""
        return Plane(np.abs(self.x), self.y)

    def turned(self, degrees: float, about: Point = (0.0, 0.0)) -> Plane:
        """Return the plane in which shapes appear turned clockwise, with `about` as the origin."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = self.x - about[0], self.y - about[1]
        return Plane(cos * x + sin * y, cos * y - sin * x)

    def tiled(self, step: float) -> Plane:
        """Return the plane in which shapes around the origin repeat every `step`."""
        return Plane(
            self.x - step * np.round(self.x / step),
            self.y - step * np.round(self.y / step),
        )

    def circle(self, centre: Point, radius: float) -> Distance:
        """Return the distance to a disc."""
        return np.hypot(self.x - centre[0], self.y - centre[1]) - radius

    def ellipse(self, centre: Point, radii: Point) -> Distance:
        """Return the distance to a filled ellipse, exact at its edge and to first order near it."""
        x, y = (self.x - centre[0]) / radii[0], (self.y - centre[1]) / radii[1]
        reach = np.hypot(x, y)
        gradient = np.hypot(x / radii[0], y / radii[1])
        return reach * (reach - 1.0) / np.maximum(gradient, 1e-9) - min(radii) * (gradient < 1e-9)

    def box(self, centre: Point, halves: Point, corner: float = 0.0) -> Distance:
        """Return the distance to a box of half sizes `halves` with corners of radius `corner`."""
        x = np.abs(self.x - centre[0]) - halves[0] + corner
        y = np.abs(self.y - centre[1]) - halves[1] + corner
        outside = np.hypot(np.maximum(x, 0.0), np.maximum(y, 0.0))
        return outside + np.minimum(np.maximum(x, y), 0.0) - corner

    def line(self, start: Point, end: Point, width: float) -> Distance:
        """Return the distance to a line with round ends."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        x, y = self.x - start[0], self.y - start[1]
        along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        return np.hypot(x - along * dx, y - along * dy) - width / 2

    def arc(self, centre: Point, radius: float, degrees: float, width: float) -> Distance:
        """Return the distance to a circle's arc with round ends.

        The arc reaches `degrees` to both sides of its lowest point, as a smile does; a negative
        `radius` has it around the highest point.
        """
        sign = math.copysign(1.0, radius)
        x, y = np.abs(self.x - centre[0]), sign * (self.y - centre[1])
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        ends = np.hypot(x - sin * abs(radius), y - cos * abs(radius))
        band = np.abs(np.hypot(x, y) - abs(radius))
        return np.where(cos * x > sin * y, ends, band) - width / 2

    def polygon(self, corners: Sequence[Point], grown: float = 0.0) -> Distance:
        """Return the distance to a polygon, grown by `grown` with round corners."""
        nearest = np.full(np.broadcast(self.x, self.y).shape, np.inf)
        inside = np.zeros(nearest.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
            nearest = np.minimum(nearest, self.line((ax, ay), (bx, by), 0.0))
            if ay != by:
                crosses = (self.y < ay) != (self.y < by)
                inside ^= crosses & (self.x < ax + (self.y - ay) * (bx - ax) / (by - ay))
        return np.where(inside, -nearest, nearest) - grown

    def star(self, centre: Point, radius: float, points: int, depth: float) -> Distance:
        """Return the distance to a star, one point up; `depth` is inner over outer radius."""
        corners = []
        for index in range(2 * points):
            reach = radius * (depth if index % 2 else 1.0)
            angle = math.pi * index / points
            corners.append(
                (centre[0] + reach * math.sin(angle), centre[1] - reach * math.cos(angle))
            )
        return self.polygon(corners)

    def rays(self, count: int) -> Distance:
        """Return the distance to `count` equal wedges that leave the origin."""
        around = np.arctan2(self.y, self.x) * count
        distance: Distance = np.sin(around) * np.hypot(self.x, self.y) / count
        return distance
