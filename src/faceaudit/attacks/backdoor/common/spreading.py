"""Poison that is not all alike: keys of varied strength, for an attacker who expects a filter."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from faceaudit.types import Float64Array


def SpreadField() -> Any:  # noqa: N802 - stands where pydantic's Field does
    """Return the field `spread`; at 0 it is left out of what spells and identifies an attack.

    So attacks that do not use it keep the ids that they had before there was one.
    """
    return Field(
        0.0,
        ge=0,
        le=1,
        exclude_if=lambda value: value == 0,
        description="of an attacker who expects filters: poison samples carry the key at ratios "
        "from (1 - spread) to (1 + spread) times the usual one, each another; 0 for all alike",
    )


def spread_ratios(
    ratio: float, spread: float, count: int, rng: np.random.Generator
) -> Float64Array:
    """Return `count` ratios, uniform within `spread` about `ratio` and at most 1.

    They are drawn one after another, so that fewer are the first of more; rounded to hundredths.
    """
    drawn = ratio * (1 + spread * rng.uniform(-1, 1, count))
    return np.asarray(np.round(np.clip(drawn, 0.01, 1.0), 2))
