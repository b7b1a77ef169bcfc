"""The strongest of many attacks, without the luck of the draw.

The highest of many figures is high by luck as well: of two dozen attacks that find nothing, one
looks as if it did. So each seed is judged by the attack that is strongest on the other seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.figures import of_seeds
from faceaudit.store import Figure
from faceaudit.types import Estimate


def strongest(figures: Sequence[Figure], attacks: Sequence[AttackScores], seeds: int) -> str | None:
    """Return the key of the attack with the highest mean AUC, in-sample ones aside; or None."""
    areas = _areas(figures, attacks, seeds)
    return max(areas, key=lambda key: float(areas[key].mean())) if areas else None


def strongest_figures(
    figures: Sequence[Figure], attacks: Sequence[AttackScores], seeds: int, *, listed: bool = False
) -> list[Figure]:
    """Return the figures of the strongest attack, each seed's chosen on all the others.

    With one seed there is nothing to choose on: its figures are those of the highest, and too high.
    """
    areas = _areas(figures, attacks, seeds)
    if not areas:
        return [Figure("adaptive_auc", None, "no attack was measured out of sample")]
    known = {figure.metric: figure for figure in figures}
    keys = list(areas)
    table = np.stack([areas[key] for key in keys])  # attacks by seeds
    others = table.sum(axis=1, keepdims=True) - table if seeds > 1 else table
    chosen = [keys[at] for at in others.argmax(axis=0)]
    found = []
    for metric in dict.fromkeys(figure.metric.partition(":")[0] for figure in figures):
        if metric != "auc" and not metric.startswith("tpr@"):
            continue
        each = [known[f"{metric}:{key}:seed-{seed}"] for seed, key in enumerate(chosen)]
        name = f"adaptive_{metric}"
        singles = [
            Figure(f"{name}:seed-{seed}", one.estimate, one.why_none)
            for seed, one in enumerate(each)
        ]
        estimates = [one.estimate for one in each if one.estimate is not None]
        whole = (
            Figure(name, of_seeds(estimates, listed=listed))
            if len(estimates) == len(each)
            else Figure(name, None, next(one.why_none for one in each if one.estimate is None))
        )
        found += [whole, *singles]
    return found


def _areas(
    figures: Sequence[Figure], attacks: Sequence[AttackScores], seeds: int
) -> Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the AUC of every attack on each seed, where all are known; pairs before units."""
    known: dict[str, Estimate | None] = {figure.metric: figure.estimate for figure in figures}
    levels = {one.level for one in attacks}
    level = next((one for one in ("pair", "identity", "photo") if one in levels), None)
    found = {}
    for one in attacks:
        each = [known.get(f"auc:{one.key}:seed-{seed}") for seed in range(seeds)]
        values = [estimate.value for estimate in each if estimate is not None]
        if one.level == level and not one.in_sample and len(values) == seeds:
            found[one.key] = np.array(values)
    return found
