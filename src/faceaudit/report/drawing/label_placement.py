"""Placement of labels beside points: none over another label, over a point or over a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.types import BoolArray, Float64Array, IntArray

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Location = tuple[float, float]
"""x and y, in points of the drawing."""
STEP = 4.0
"""Spacing, in points, of the grid of candidate boxes."""
GAP = 5.0
"""Least distance, in points, between two labels."""
MARKER = 6.0
"""Half the side, in points, of the square around a point that labels keep clear of."""
BAR_PENALTY = 25.0
"""Penalty, in points of distance, for each bar that runs through a label."""
LEADER_PENALTY = 120.0
"""Penalty, in points of distance, for a label that a line leading to another label runs through."""
CROSSING_PENALTY = 150.0
"""Penalty, in points of distance, for each label or point that a label's own line runs through."""
AMBIGUITY_PENALTY = 40.0
"""Penalty, in points of distance, for a label as near to another point as to its own."""
CLEARANCE = 6.0
"""Points by which every other point must be farther from a label that needs no line."""
LEADER_DISTANCE = 14.0
"""Distance, in points, from which on a line leads from a point to its label."""
PLACEMENTS = 160
"""Number of labels placed, in several orders, before the best order is taken."""
CANDIDATES = 300
"""Number of the cheapest boxes that are checked for crossings of their line."""
FULL = 0.6
"""The share of the frame that labels may fill; with more there is no use in trying."""


@dataclass(frozen=True)
class PlacedLabel:
    """A label's box and, where it lies apart from its point, the line that leads there."""

    box: Box
    leader: tuple[Location, Location] | None


def place_labels(
    points: Sequence[Location],
    sizes: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    frame: Box,
) -> list[PlacedLabel] | None:
    """Find a box for each label: free of all others and of all points, as near as can be.

    Every box within the frame is tried, on a grid. Bars, and lines that lead to other labels, are
    kept out of it where there is room. Labels are placed one by one, in several orders, the most
    crowded first and then by chance; the order with the shortest ways is taken.

    Args:
        points: (x, y) of each point, in points of the drawing.
        sizes: width and height of each label.
        bars: boxes of the points' bars and of other lines.
        frame: where labels may be.

    Returns:
        One for each point, or None when there is no room.
    """
    area = (frame[2] - frame[0]) * (frame[3] - frame[1])
    if sum((width + GAP) * (height + GAP) for width, height in sizes) > FULL * area:
        return None
    rng = np.random.default_rng(0)
    nearest = [_distance_to_nearest(points, index) for index in range(len(points))]
    crowded_first = np.argsort(nearest, kind="stable").tolist()
    best = _place_in_order(crowded_first, points, sizes, bars, frame)
    if best[1] is None or len(points) == 1:
        return best[1]
    for _ in range(PLACEMENTS // len(points) - 1):
        order = rng.permutation(len(points)).tolist()
        placement = _place_in_order(order, points, sizes, bars, frame)
        best = min(best, placement, key=lambda placed: placed[0])
    return best[1]


def _place_in_order(
    order: Sequence[int],
    points: Sequence[Location],
    sizes: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    frame: Box,
) -> tuple[float, list[PlacedLabel] | None]:
    """Return the total cost and the labels; infinity and None when one has no room."""
    markers = [_around(point) for point in points]
    leaders: list[Box] = []
    placed: dict[int, PlacedLabel] = {}
    total = 0.0
    for index in order:
        taken = [marker for other, marker in enumerate(markers) if other != index]
        taken += [label.box for label in placed.values()]
        others = [point for other, point in enumerate(points) if other != index]
        rest = np.array(others).reshape(-1, 2)
        cost, box = _cheapest_box(points[index], sizes[index], rest, taken, bars, leaders, frame)
        if box is None:
            return np.inf, None
        total += cost
        placed[index] = PlacedLabel(box, _draw_leader(points[index], rest, box))
        leaders += _boxes_along(placed[index].leader)
    return total, [placed[index] for index in range(len(points))]


def _around(point: Location) -> Box:
    x, y = point
    return x - MARKER, y - MARKER, x + MARKER, y + MARKER


def _distance_to_nearest(points: Sequence[Location], index: int) -> float:
    x, y = points[index]
    return min(
        (float(np.hypot(x - a, y - b)) for other, (a, b) in enumerate(points) if other != index),
        default=np.inf,
    )


def _cheapest_box(
    point: Location,
    size: tuple[float, float],
    rest: Float64Array,
    taken: Sequence[Box],
    bars: Sequence[Box],
    leaders: Sequence[Box],
    frame: Box,
) -> tuple[float, Box | None]:
    """Return the best box of a label and its cost; infinity and None when none is free.

    Args:
        point: the label's point.
        size: the label's width and height.
        rest: (P, 2), all other points.
        taken: boxes of other labels and around other points.
        bars: see `place_labels`.
        leaders: boxes along the lines that lead to other labels.
        frame: see `place_labels`.
    """
    width, height = size
    lefts = np.arange(frame[0], frame[2] - width + 1e-6, STEP)
    bottoms = np.arange(frame[1], frame[3] - height + 1e-6, STEP)
    grid = np.stack(np.meshgrid(lefts, bottoms), axis=-1).reshape(-1, 2)
    boxes: Float64Array = np.hstack([grid, grid + np.array(size)])
    boxes = boxes[~_overlaps(boxes, [*taken, _around(point)], GAP / 2).any(axis=1)]
    if not len(boxes):
        return np.inf, None
    cost = _distances(np.array([point]), boxes)[:, 0]
    cost += AMBIGUITY_PENALTY * (_distances(rest, boxes) < cost[:, None] + CLEARANCE).any(axis=1)
    cost += BAR_PENALTY * _overlaps(boxes, bars, 1.0).sum(axis=1)
    cost += LEADER_PENALTY * _overlaps(boxes, leaders, 2.0).any(axis=1)
    # Of boxes as near, the one beside the point reads best.
    cost += 0.05 * np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - point[1])
    cheapest = np.argsort(cost, kind="stable")[:CANDIDATES]
    boxes = boxes[cheapest]
    cost = cost[cheapest] + CROSSING_PENALTY * _count_crossings(point, boxes, taken)
    best = int(np.argmin(cost))
    left, bottom, right, top = (float(end) for end in boxes[best])
    return float(cost[best]), (left, bottom, right, top)


def _overlaps(boxes: Float64Array, taken: Sequence[Box], gap: float) -> BoolArray:
    """Return (N, T): whether a box comes nearer to one of those taken than the gap."""
    if not taken:
        return np.zeros((len(boxes), 0), dtype=np.bool_)
    other = np.array(taken, dtype=np.float64)
    return np.asarray(
        (boxes[:, None, 0] < other[:, 2] + gap)
        & (boxes[:, None, 2] > other[:, 0] - gap)
        & (boxes[:, None, 1] < other[:, 3] + gap)
        & (boxes[:, None, 3] > other[:, 1] - gap)
    )


def _count_crossings(point: Location, boxes: Float64Array, taken: Sequence[Box]) -> IntArray:
    """Return (N,): how many of those taken a line from the point to each box runs through."""
    if not taken:
        return np.zeros(len(boxes), dtype=np.int64)
    start = np.array(point)
    end = np.clip(start, boxes[:, :2], boxes[:, 2:])
    along = np.linspace(0, 1, 12)[None, :, None]
    steps = start + along * (end - start)[:, None]
    crossed = np.zeros((len(boxes), len(taken)), dtype=np.bool_)
    for column, (left, bottom, right, top) in enumerate(taken):
        inside = (steps[..., 0] > left) & (steps[..., 0] < right)
        inside &= (steps[..., 1] > bottom) & (steps[..., 1] < top)
        crossed[:, column] = inside.any(axis=1)
    return np.asarray(crossed.sum(axis=1))


def _distances(points: Float64Array, boxes: Float64Array) -> Float64Array:
    """Return (N, P): the distance of each of N boxes from each of P points."""
    near = np.clip(points, boxes[:, None, :2], boxes[:, None, 2:])
    return np.asarray(np.hypot(*np.moveaxis(points - near, -1, 0)), dtype=np.float64)


def _draw_leader(point: Location, rest: Float64Array, box: Box) -> tuple[Location, Location] | None:
    """Return the line from a point to its label; None where the label is plainly the point's."""
    x, y = point
    end = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
    distance = float(np.hypot(x - end[0], y - end[1]))
    near = distance < LEADER_DISTANCE
    if near and bool((_distances(rest, np.array([box])) >= distance + CLEARANCE).all()):
        return None
    return point, end


def _boxes_along(leader: tuple[Location, Location] | None) -> list[Box]:
    """Return small boxes along a line, except at its ends."""
    if leader is None:
        return []
    start, end = np.array(leader[0]), np.array(leader[1])
    steps = start + np.linspace(0, 1, 14)[1:-1, None] * (end - start)
    return [(float(x) - 1, float(y) - 1, float(x) + 1, float(y) + 1) for x, y in steps]
