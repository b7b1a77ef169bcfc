"""The strongest of many attacks, chosen without the luck of the draw.

The highest of many figures is high by luck as well: of two dozen attacks that find nothing, one
looks as if it did. So each target is judged by the attack that is strongest on the other targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.figures import over_targets
from faceaudit.records.membership import AUC, of_attack, of_target, strongest, tpr_at
from faceaudit.types import Estimate, Figure

TPR = tpr_at(0).removesuffix("0")


def strongest_key(
    figures: Sequence[Figure], attacks: Sequence[AttackScores], targets: int
) -> str | None:
    """Return the key of the attack with the highest mean AUC, in-sample ones aside; or None."""
    areas = _areas(figures, attacks, targets)
    return max(areas, key=lambda key: float(areas[key].mean())) if areas else None


def strongest_figures(
    figures: Sequence[Figure],
    attacks: Sequence[AttackScores],
    targets: int,
    *,
    listed: bool = False,
) -> list[Figure]:
    """Return the figures of the strongest attack, each target's chosen on all the others.

    With one target there is nothing to choose on: its figures are those of the highest, and
    too high.
    """
    areas = _areas(figures, attacks, targets)
    if not areas:
        return [Figure(strongest(AUC), None, "no attack was measured out of sample")]
    known = {figure.metric: figure for figure in figures}
    keys = list(areas)
    table = np.stack([areas[key] for key in keys])  # attacks by targets
    others = table.sum(axis=1, keepdims=True) - table if targets > 1 else table
    chosen = [keys[row] for row in others.argmax(axis=0)]
    chosen_figures = []
    for metric in dict.fromkeys(figure.metric.partition(":")[0] for figure in figures):
        if metric != AUC and not metric.startswith(TPR):
            continue
        each = [
            known[of_target(of_attack(metric, key), target)] for target, key in enumerate(chosen)
        ]
        name = strongest(metric)
        singles = [
            Figure(of_target(name, target), figure.estimate, figure.why_none)
            for target, figure in enumerate(each)
        ]
        estimates = [figure.estimate for figure in each if figure.estimate is not None]
        whole = (
            Figure(name, over_targets(estimates, listed=listed))
            if len(estimates) == len(each)
            else Figure(
                name, None, next(figure.why_none for figure in each if figure.estimate is None)
            )
        )
        chosen_figures += [whole, *singles]
    return chosen_figures


def _areas(
    figures: Sequence[Figure], attacks: Sequence[AttackScores], targets: int
) -> Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the AUC of every attack on each target, where all are known.

    Of pairs, where attacks were made on these, else of one kind of subjects.
    """
    known: dict[str, Estimate | None] = {figure.metric: figure.estimate for figure in figures}
    levels = {attack.level for attack in attacks}
    level = next((name for name in ("pair", "identity", "photo") if name in levels), None)
    areas = {}
    for attack in attacks:
        metric = of_attack(AUC, attack.key)
        each = [known.get(of_target(metric, target)) for target in range(targets)]
        values = [estimate.value for estimate in each if estimate is not None]
        if attack.level == level and not attack.in_sample and len(values) == targets:
            areas[attack.key] = np.array(values)
    return areas
