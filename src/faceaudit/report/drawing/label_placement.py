"""Room for words beside points: no label over another, over a point or over its bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.types import Float64Array

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
STEP = 4.0
GAP = 5.0
OVER_BAR, OVER_LINE, ACROSS = 25.0, 120.0, 150.0
"""How many points of distance it is worth that no bar runs through a label, no line that leads to
another label, and that its own line runs through no other label or point."""
PLACINGS = 160
"""How many labels are placed, in several orders, before the best order is taken."""
CANDIDATES = 300
"""How many of the cheapest boxes are looked at for what their lines run through."""
FULL = 0.6
"""The share of the frame that labels may fill before there is no use in trying."""
FAR, UNCLEAR, NEARER = 14.0, 6.0, 40.0
"""From where on a line leads to a label; how much farther another point must be for the label to
need none; and how many points of distance it is worth that no other point is nearer."""


@dataclass(frozen=True)
class Placed:
    """A label's box and, where it lies apart from its point, the line that leads there."""

    box: Box
    leader: tuple[tuple[float, float], tuple[float, float]] | None


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    frame: Box,
) -> list[Placed] | None:
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
    room = (frame[2] - frame[0]) * (frame[3] - frame[1])
    if sum((width + GAP) * (height + GAP) for width, height in sizes) > FULL * room:
        return None
    rng = np.random.default_rng(0)
    crowded = np.argsort([_distance(points, one) for one in range(len(points))], kind="stable")
    best = _in_order([int(one) for one in crowded], points, sizes, bars, frame)
    if best[1] is None or len(points) == 1:
        return best[1]
    for _ in range(PLACINGS // len(points) - 1):
        order = [int(one) for one in rng.permutation(len(points))]
        best = min(best, _in_order(order, points, sizes, bars, frame), key=lambda one: one[0])
    return best[1]


def _in_order(
    order: Sequence[int],
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    frame: Box,
) -> tuple[float, list[Placed] | None]:
    spots: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    lines: list[Box] = []
    found: dict[int, Placed] = {}
    total = 0.0
    for one in order:
        others = [spot for at, spot in enumerate(spots) if at != one]
        others += [placed.box for placed in found.values()]
        rest = np.array([point for at, point in enumerate(points) if at != one]).reshape(-1, 2)
        cost, box = _nearest(points[one], sizes[one], rest, others, bars, lines, frame)
        if box is None:
            return np.inf, None
        total += cost
        found[one] = Placed(box, _leader(points[one], rest, box))
        lines += _along(found[one].leader)
    return total, [found[one] for one in range(len(points))]


def _distance(points: Sequence[tuple[float, float]], one: int) -> float:
    x, y = points[one]
    return min(
        (float(np.hypot(x - a, y - b)) for at, (a, b) in enumerate(points) if at != one),
        default=np.inf,
    )


def _nearest(
    point: tuple[float, float],
    size: tuple[float, float],
    rest: Float64Array,
    others: Sequence[Box],
    bars: Sequence[Box],
    lines: Sequence[Box],
    frame: Box,
) -> tuple[float, Box | None]:
    """Return the best of all boxes and what it costs; none where none is free."""
    (x, y), (width, height) = point, size
    lefts = np.arange(frame[0], frame[2] - width + 1e-6, STEP)
    bottoms = np.arange(frame[1], frame[3] - height + 1e-6, STEP)
    grid = np.stack(np.meshgrid(lefts, bottoms), axis=-1).reshape(-1, 2)
    boxes: Float64Array = np.hstack([grid, grid + np.array(size)])
    free = ~_overlaps(boxes, [*others, (x - 6, y - 6, x + 6, y + 6)], GAP / 2).any(axis=1)
    boxes = boxes[free]
    if not len(boxes):
        return np.inf, None
    cost = _away(np.array([point]), boxes)[:, 0]
    cost += NEARER * (_away(rest, boxes) < cost[:, None] + UNCLEAR).any(axis=1)
    cost += OVER_BAR * _overlaps(boxes, bars, 1.0).sum(axis=1)
    cost += OVER_LINE * _overlaps(boxes, lines, 2.0).any(axis=1)
    # Of places as near, the one beside the point reads best.
    cost += 0.05 * np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - y)
    cheapest = np.argsort(cost, kind="stable")[:CANDIDATES]
    boxes = boxes[cheapest]
    cost = cost[cheapest] + ACROSS * _crossed(point, boxes, others)
    best = int(np.argmin(cost))
    left, bottom, right, top = (float(end) for end in boxes[best])
    return float(cost[best]), (left, bottom, right, top)


def _overlaps(boxes: Float64Array, taken: Sequence[Box], gap: float) -> npt.NDArray[np.bool_]:
    """Return (N, T): which boxes come nearer to which of those taken than the gap."""
    if not taken:
        return np.zeros((len(boxes), 0), dtype=np.bool_)
    other = np.array(taken, dtype=np.float64)
    return np.asarray(
        (boxes[:, None, 0] < other[:, 2] + gap)
        & (boxes[:, None, 2] > other[:, 0] - gap)
        & (boxes[:, None, 1] < other[:, 3] + gap)
        & (boxes[:, None, 3] > other[:, 1] - gap)
    )


def _crossed(
    point: tuple[float, float], boxes: Float64Array, taken: Sequence[Box]
) -> npt.NDArray[np.int64]:
    """Return (N,) how many of those taken a line from the point to each box runs through."""
    if not taken:
        return np.zeros(len(boxes), dtype=np.int64)
    start = np.array(point)
    end = np.clip(start, boxes[:, :2], boxes[:, 2:])
    way = np.linspace(0, 1, 12)[None, :, None]
    steps = start + way * (end - start)[:, None]
    hit = np.zeros((len(boxes), len(taken)), dtype=np.bool_)
    for at, (left, bottom, right, top) in enumerate(taken):
        inside = (steps[..., 0] > left) & (steps[..., 0] < right)
        hit[:, at] = (inside & (steps[..., 1] > bottom) & (steps[..., 1] < top)).any(axis=1)
    return np.asarray(hit.sum(axis=1))


def _away(points: Float64Array, boxes: Float64Array) -> Float64Array:
    """Return (N, P): how far each box is from each point."""
    near = np.clip(points, boxes[:, None, :2], boxes[:, None, 2:])
    return np.asarray(np.hypot(*np.moveaxis(points - near, -1, 0)), dtype=np.float64)


def _leader(
    point: tuple[float, float], rest: Float64Array, box: Box
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the line from a point to its label; none where it is plain whose the label is."""
    x, y = point
    end = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
    mine = float(np.hypot(x - end[0], y - end[1]))
    plain = mine < FAR and bool((_away(rest, np.array([box])) >= mine + UNCLEAR).all())
    return None if plain else (point, end)


def _along(leader: tuple[tuple[float, float], tuple[float, float]] | None) -> list[Box]:
    """Return small boxes along a line, but for its ends."""
    if leader is None:
        return []
    start, end = np.array(leader[0]), np.array(leader[1])
    steps = start + np.linspace(0, 1, 14)[1:-1, None] * (end - start)
    return [(float(x) - 1, float(y) - 1, float(x) + 1, float(y) + 1) for x, y in steps]
