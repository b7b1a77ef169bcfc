"""What the attacked identifier and another network say of faces that are to pass as people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.audit.inversion.identifier_scenario import IdentifierScenario
from faceaudit.records.inversion import column
from faceaudit.systems.identifiers.base import System
from faceaudit.types import BoolArray, Column, Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class Said:
    """What is said of a picture for each of A attacked people; one that was not made has NaN or 0.

    Attributes:
        probability: (A,) of the person, by the attacked identifier.
        rank: (A,) the person's place among all K it knows: 1 and up, ties all ahead.
        judged: (A, P) cosines with the person's test photos, by the judge; NaN where there are
            fewer photos.
        photos: (A, P) which of those photos there are.
        judged_rank: (A,) the person's place among all K, by the best cosine with any test photo of
            each.
        everybody: (A, K, P) cosines with everybody's test photos, by the judge.
    """

    probability: Float64Array
    rank: IntArray
    judged: Float64Array
    photos: BoolArray
    judged_rank: IntArray
    everybody: Float64Array

    def columns(self, reference: str = "") -> dict[str, Column]:
        """Return what is kept of it as columns of evidence."""
        kept = ("probability", "rank", "judged", "judged_rank")
        return {column(name, reference): getattr(self, name) for name in kept}


@dataclass(frozen=True, eq=False)
class IdentifierTrial:
    """One trial of an attack on all attacked people, and of what it is held against.

    Attributes:
        found: the faces.
        said: what is said of them.
        references: what is said of other pictures, by name.
    """

    found: Reconstructions
    said: Said
    references: Mapping[str, Said]


def judge(scenario: IdentifierScenario, system: System, found: Reconstructions) -> Said:
    """Show pictures, one of each attacked person, to the identifier and to the judge."""
    targets, solved = scenario.targets, found.solved
    logits = system.logits(found.images).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    row = np.arange(len(targets))
    probability = powers[row, targets] / powers.sum(axis=1)
    rank = np.count_nonzero(logits >= logits[row, targets][:, None], axis=1)
    held_out = scenario.held_out()
    photos = ~np.isnan(held_out[targets, :, 0])
    everybody = np.einsum(
        "ae,kpe->akp", scenario.templates(found.images), held_out, dtype=np.float64
    )
    best = np.nanmax(everybody, axis=2)
    judged_rank = np.count_nonzero(best >= best[row, targets][:, None], axis=1)
    probability[~solved], everybody[~solved] = np.nan, np.nan
    rank[~solved], judged_rank[~solved] = 0, 0
    return Said(probability, rank, everybody[row, targets], photos, judged_rank, everybody)


def joined(each: list[Said]) -> Said:
    """Return what was said in several trials, one after the other."""
    return Said(
        *(np.concatenate([getattr(one, part.name) for one in each]) for part in fields(Said))
    )
