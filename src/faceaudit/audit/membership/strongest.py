"""The strongest of many attacks at each level, chosen without the luck of the draw.

The highest of many figures is high by luck as well: of two dozen attacks that find nothing, one
looks as if it did. So each target is judged by the attack that is strongest on the other targets.
Strongest is the highest mean AUC less its standard error: an attack that was tried on few records
is not to be preferred for the noise in its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.figures import Over
from faceaudit.records.membership import (
    AUC,
    Granularity,
    of_attack,
    of_target,
    strongest,
    tpr_at,
)
from faceaudit.types import Estimate, Figure, Float64Array

TPR = tpr_at(0).removesuffix("0")


class Strongest:
    """The strongest attacks of a case, by level.

    In-sample attacks are left aside, and attacks on a part of the records.

    Args:
        figures: of every attack.
        attacks: every attack, as scored on one target.
        targets: how many targets there are.
    """

    def __init__(
        self, figures: Sequence[Figure], attacks: Sequence[AttackScores], targets: int
    ) -> None:
        self._known = {figure.metric: figure for figure in figures}
        self._targets = targets
        self._attacks = {attack.key: attack for attack in attacks}
        self._levels = tuple(dict.fromkeys(attack.level for attack in attacks))

    def keys(self) -> Mapping[Granularity, str]:
        """Return the key of the strongest attack on all targets, by level."""
        areas = {level: self._areas(level) for level in self._levels}
        return {
            level: max(found, key=lambda key: _merit(found[key]))
            for level, found in areas.items()
            if found
        }

    def figures(self, over: Over) -> list[Figure]:
        """Return the figures of the strongest attack of each level.

        Each target's attack is chosen on all the others, by AUC; for a rate among those attacks
        that resolve it. With one target there is nothing to choose
        on: its figures are those of the highest, and too high.
        """
        found = []
        for level in self._levels:
            found += self._figures_at(level, over)
        return found

    def _figures_at(self, level: Granularity, over: Over) -> list[Figure]:
        areas = self._areas(level)
        if not areas:
            why = "no attack was measured out of sample"
            return [Figure(strongest(AUC, level), None, why)]
        found = []
        for metric in self._metrics():
            known = [key for key in areas if self._is_known(metric, key)]
            chosen = self._choose(areas, known or list(areas))
            by_membership = any(self._attacks[key].by_membership for key in chosen)
            each = [
                self._known[of_target(of_attack(metric, key), target)]
                for target, key in enumerate(chosen)
            ]
            measured = [(figure.estimate, figure.why_none) for figure in each]
            name = strongest(metric, level)
            found += over.figures(name, measured, by_membership=by_membership)
        return found

    def _choose(self, areas: Mapping[str, Float64Array], keys: Sequence[str]) -> list[str]:
        """Return, for each target, the attack that is the strongest on all others."""
        every = np.arange(self._targets)
        chosen = []
        for target in every:
            others = every[every != target] if self._targets > 1 else every
            chosen.append(max(keys, key=lambda key: _merit(areas[key][others])))
        return chosen

    def _is_known(self, metric: str, key: str) -> bool:
        """Return whether a metric of an attack is known on every target.

        Few records do not resolve a rate: the strongest of those that do gives it.
        """
        return all(
            self._known[of_target(of_attack(metric, key), target)].estimate is not None
            for target in range(self._targets)
        )

    def _metrics(self) -> list[str]:
        """Return the AUC and every true-positive rate."""
        names = dict.fromkeys(metric.partition(":")[0] for metric in self._known)
        return [name for name in names if name == AUC or name.startswith(TPR)]

    def _areas(self, level: Granularity) -> Mapping[str, Float64Array]:
        """Return the AUC of every attack of a level on each target, where all are known."""
        areas = {}
        for key, attack in self._attacks.items():
            if attack.level != level or attack.in_sample or attack.partial:
                continue
            each = [self._estimate(key, target) for target in range(self._targets)]
            values = [estimate.value for estimate in each if estimate is not None]
            if len(values) == self._targets:
                areas[key] = np.array(values)
        return areas

    def _estimate(self, key: str, target: int) -> Estimate | None:
        figure = self._known.get(of_target(of_attack(AUC, key), target))
        return None if figure is None else figure.estimate


def _merit(areas: Float64Array) -> float:
    """Return the mean of AUCs less its standard error, which one alone does not tell."""
    if len(areas) < 2:
        return float(areas.mean())
    return float(areas.mean() - areas.std(ddof=1) / np.sqrt(len(areas)))
