"""Invented attacks that were trained several times, with intervals over trainings made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from faceaudit.records.backdoor import NULL, SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series, arrange
from faceaudit.types import Estimate, Figure
from report.backdoor.samples import case

Ends = tuple[float, float, float]
"""A value, and the low and high end of its interval."""


def trained(
    samples: int,
    *hits: int,
    of: int = 57,
    over: Ends | None = None,
    null_over: Ends = (0.0, 0.0, 0.06),
    attack: str = "accessory",
    **options: Any,
) -> SampleCount:
    """Make an attack at one number of samples that was trained once for each of `hits`.

    Args:
        samples: number of poison samples.
        hits: successes of each training.
        of: tries of each.
        over: success over trainings; as the audit combines it when None.
        null_over: the null over trainings, where `over` is given.
        attack: its name.
        options: of every case, see `case`.
    """
    cases = [
        case(attack, samples, seed=seed, success=(each, of), **{"null": (0, of), **options})
        for seed, each in enumerate(hits)
    ]
    (level,) = arrange(cases)[0].levels
    return level if over is None else with_figures(level, {SUCCESS: over, NULL: null_over})


def with_figures(level: SampleCount, ends: Mapping[str, Ends]) -> SampleCount:
    """Give a level other figures over its trainings."""
    made = {
        metric: Figure(metric, Estimate(*each, len(level.cases), "made up 95 %"))
        for metric, each in ends.items()
    }
    return replace(level, figures={**level.figures, **made})


def series_of(*levels: SampleCount, attack: str = "accessory") -> Series:
    """Make a series of levels, which may differ in how often they were trained."""
    return Series(attack, "deepid", "", levels, ())
