"""The detection error tradeoff (DET): FNMR over FMR, both on axes of normal deviates.

Martin, Doddington, Kamm, Ordowski, Przybocki 1997, "The DET curve in assessment of detection task
performance" (Eurospeech). Scores that are normally distributed give a straight line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, OptionError
from faceaudit.files.atomic import open_atomically
from faceaudit.metrics import Roc
from faceaudit.protocols.result import Result
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from matplotlib import figure as figures
    from matplotlib import style
    from matplotlib.axes import Axes
    from matplotlib.backends import backend_agg, backend_svg
    from scipy import special
else:
    figures = deferred("matplotlib.figure")
    style = deferred("matplotlib.style")
    backend_agg = deferred("matplotlib.backends.backend_agg")
    backend_svg = deferred("matplotlib.backends.backend_svg")
    special = deferred("scipy.special")

DRAWINGS = (".svg", ".png")
_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
_TOP = 0.5
_POINTS = 600
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "faceaudit", "font.size": 10}


def draw_det(results: Mapping[str, Result], path: Path) -> None:
    """Draw the curves of verifications to one file, with their thresholds as points.

    A point is at both errors as other people are expected to make them, its bars are their
    intervals. Curves end where less than one comparison would be in error.

    Args:
        results: of verifications, by the names that the drawing has for them.
        path: a file, .svg or .png; the same results give the same bytes.

    Raises:
        InputError: a result has no curve.
        OptionError: the file cannot be written.
    """
    curves = {}
    for name, result in results.items():
        if result.roc is None:
            raise InputError(f"expected a verification, got {result.protocol} called {name!r}")
        curves[name] = result.roc
    with style.context(["default", _SETTINGS]):
        figure = figures.Figure(figsize=(6, 6), layout="constrained")
        axes = figure.add_subplot()
        _set_axes(axes, curves.values())
        for number, (name, result) in enumerate(results.items()):
            _draw_one(axes, name, curves[name], result, f"C{number}")
        axes.legend(loc="upper right", frameon=False)
        vector = path.suffix.lower() == ".svg"
        canvas = backend_svg.FigureCanvasSVG if vector else backend_agg.FigureCanvasAgg
        canvas(figure)
        nothing = {"Date": None, "Creator": None} if vector else {"Software": None}
        try:
            with open_atomically(path) as file:
                figure.savefig(file, format=path.suffix.lower()[1:], dpi=150, metadata=nothing)
        except OSError as error:
            raise OptionError(
                f"expected a file that can be written, got {path} ({error})"
            ) from None


def deviates(rates: Float64Array) -> Float64Array:
    """Return the normal deviates of rates: where a normal distribution has so much below it.

    >>> deviates(np.array([0.5])).tolist()
    [0.0]
    """
    return np.asarray(special.ndtri(rates), dtype=np.float64)


def curve_points(curve: Roc) -> tuple[Float64Array, Float64Array]:
    """Return the (n,) FMR and FNMR of a curve where both are above 0 and below 1, thinned out."""
    fmr, fnmr = curve.fmr, curve.fnmr
    inner = np.flatnonzero((fmr > 0) & (fmr < 1) & (fnmr > 0) & (fnmr < 1))
    if len(inner) > _POINTS:  # as many in each stretch of the drawing, not of the list
        place = deviates(fmr[inner]) - deviates(fnmr[inner])
        even = np.linspace(place[0], place[-1], _POINTS)
        at = np.minimum(np.searchsorted(place, even), len(inner) - 1)
        inner = inner[np.unique(at)]
    return fmr[inner], fnmr[inner]


def _draw_one(axes: Axes, name: str, curve: Roc, result: Result, colour: str) -> None:
    fmr, fnmr = curve_points(curve)
    axes.plot(deviates(fmr), deviates(fnmr), color=colour, linewidth=1.5, label=name)
    low = float(special.ndtr(axes.get_xlim()[0]))
    for point in result.thresholds:
        if point.fmr is None or point.fnmr is None:
            continue
        (x, left, right), (y, below, above) = (
            deviates(np.clip([one.value, one.low, one.high], low, _TOP)).tolist()
            for one in (point.fmr, point.fnmr)
        )
        axes.errorbar(
            x,
            y,
            xerr=[[x - left], [right - x]],
            yerr=[[y - below], [above - y]],
            color=colour,
            marker="o",
            markersize=4,
            elinewidth=0.8,
        )
        words = f"{point.asked * 100:g} %"
        axes.annotate(words, (x, y), xytext=(5, 5), textcoords="offset points", fontsize=8)


def _set_axes(axes: Axes, curves: Iterable[Roc]) -> None:
    """Show rates from half a comparison in error up."""
    counts = [(one.impostors, one.genuines) for one in curves]
    for axis, most in zip(
        (axes.xaxis, axes.yaxis), map(max, zip(*counts, strict=True)), strict=True
    ):
        floor = min(max(1 / (2 * most), _TICKS[0]), _TOP / 2)  # one comparison alone is drawn, too
        shown = [tick for tick in _TICKS if floor <= tick <= _TOP]
        axis.set_ticks(deviates(np.array(shown)).tolist(), [f"{tick * 100:g}" for tick in shown])
        low, high = deviates(np.array([floor, _TOP])).tolist()
        axis.set_view_interval(low, high, ignore=True)
    axes.set_aspect("equal")
    axes.grid(linewidth=0.5, alpha=0.5)
    axes.set_xlabel("FMR: impostor comparisons accepted, %")
    axes.set_ylabel("FNMR: genuine comparisons rejected, %")
