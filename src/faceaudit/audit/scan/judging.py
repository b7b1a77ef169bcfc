"""What stages say together: each is tested by itself, and the level is split over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.mitigations.scan import Suspected
from faceaudit.mitigations.scan.common.standing_out import chance_among
from faceaudit.records.scan import Null
from faceaudit.types import Float64Array, IntArray

ENOUGH = 4
"""Clean reference networks from which their gaps are a stage's null, in the place of people's."""

Ratios = Mapping[str, float | None]
"""By stage, the ratio at the largest gap; None where it says nothing."""


@dataclass(frozen=True, eq=False)
class Tested:
    """The test of one stage.

    Attributes:
        chance: (K,) the chance of so large a gap where nobody is a target; 1 for people below it,
            NaN where the stage says nothing.
        part: of the level that this test has.
        null: what tells how large gaps are where nobody is a target.
        lead: (K,) how many times the largest value below the gap each person's is, by the gap's
            ratio; at most 1 for those below.
    """

    chance: Float64Array
    part: float
    null: Null
    lead: Float64Array

    @property
    def adjusted(self) -> Float64Array:
        """Return (K,) chances divided by the test's part of the level; they may pass 1."""
        return self.chance / self.part


def try_stages(
    found: Mapping[str, Suspected],
    weights: Mapping[str, float],
    clean: Mapping[str, Sequence[float]],
) -> dict[str, Tested]:
    """Return the test of each stage, which knows nothing of the others.

    Args:
        found: by each stage that decides and that the system lets ask.
        weights: of each of them, by which the level is split.
        clean: the ratios of clean reference networks by stage, where they are its null; of other
            stages the people of the network itself are.
    """
    total = sum(weights[name] for name in found)
    return {
        name: _tried(one, weights[name] / total, clean.get(name, ())) for name, one in found.items()
    }


def smallest_chance(tested: Mapping[str, Tested], classes: int) -> tuple[Float64Array, IntArray]:
    """Return the (K,) chances over all stages, and people in the order of suspicion.

    Each person's is that of the best stage, divided by its part of the level: Bonferroni's
    correction with weights (Holm 1979). Where nobody is a target, somebody's is below a level
    with at most that chance, whatever the stages have in common; and a stage that sees nothing
    costs another its part, and takes nothing from what the other saw. People of equal chance are
    ordered by how far ahead the best stage has them.

    Returns:
        Chances of NaN where no stage says anything.
    """
    order = np.arange(classes)
    speaking = [one for one in tested.values() if not np.isnan(one.chance).any()]
    if not speaking:
        return np.full(classes, np.nan), order
    smallest = np.min([one.adjusted for one in speaking], axis=0)
    lead = np.max([one.lead for one in speaking], axis=0)
    # Sorted by what is not cut at 1, which tells people apart where all chances are large.
    return np.minimum(1.0, smallest), np.lexsort((-lead, smallest))


def clean_ratios(
    references: Sequence[Ratios], *, without: int | None = None
) -> dict[str, list[float]]:
    """Return what clean reference networks are as a null, by stage.

    Stages of which fewer than `ENOUGH` of them say anything are left out.

    Args:
        references: the ratios of each.
        without: the place of one to leave out, since it is judged by the others. It counts towards
            `ENOUGH`: a reference is judged by the kind of null that the scanned system is.
    """
    names = dict.fromkeys(name for one in references for name in one)
    said = {
        name: {
            place: ratio
            for place, one in enumerate(references)
            if (ratio := one.get(name)) is not None
        }
        for name in names
    }
    return {
        name: [ratio for place, ratio in by_place.items() if place != without]
        for name, by_place in said.items()
        if len(by_place) >= ENOUGH
    }


def _tried(one: Suspected, part: float, clean: Sequence[float]) -> Tested:
    null: Null = "clean networks" if clean else "its own people"
    if one.why or not len(one.classes):
        silent = np.full(len(one.value), np.nan)
        return Tested(silent, part, null, silent)
    chance = one.chance
    if clean:
        chance = np.ones(len(one.value))
        chance[one.classes] = chance_among(one.ratio, clean)
    lead = one.value / max(float(one.value[one.classes].min()), np.finfo(np.float64).tiny)
    lead[one.classes] *= one.ratio
    return Tested(chance, part, null, lead)
