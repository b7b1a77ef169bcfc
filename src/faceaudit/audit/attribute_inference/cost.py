"""What a mitigation costs: genuine comparisons that are still accepted, of people not used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.attribute_inference.scenario import AttributeScenario
from faceaudit.metrics import clustered_share
from faceaudit.metrics.paired_change import Tries, share_change
from faceaudit.protocols.matching import (
    Enrolled,
    Matcher,
    cosines,
    fix_thresholds,
    genuine_pairs,
)
from faceaudit.records.attribute_inference import TMR, TMR_CHANGE, TMR_PLAIN, at_rate
from faceaudit.types import BoolArray, Figure, FloatArray, IntArray


def recognition_figures(
    scenario: AttributeScenario, stored: FloatArray, plain: FloatArray
) -> Iterator[Figure]:
    """Yield the share of the attacked people's own photos that match, and its change.

    Thresholds let strangers among the people who fix them in as often as each rate says, with what
    is stored and with plain templates apart.

    Args:
        scenario: who is who.
        stored: (N, F) what is stored under the mitigation.
        plain: (N, E) templates of the first network without it.
    """
    both = [_Recognition(scenario, one) for one in (stored, plain)]
    for fmr in scenario.plan.fmrs:
        hits = [one.hits(fmr) for one in both]
        for metric, one, hit in zip((TMR, TMR_PLAIN), both, hits, strict=True):
            share = None if hit is None else clustered_share(hit, one.person)
            yield Figure(at_rate(metric, fmr), share, one.matcher.missing.get(fmr, ""))
        name, person = at_rate(TMR_CHANGE, fmr), both[0].person
        if hits[0] is None or hits[1] is None:
            yield Figure(name, None, next(filter(None, (x.matcher.missing.get(fmr) for x in both))))
            continue
        change = share_change(Tries(hits[1], person), Tries(hits[0], person))
        yield Figure(name, change.interval())


class _Recognition:
    """How the attacked people are recognised by vectors of one sort."""

    def __init__(self, scenario: AttributeScenario, vectors: FloatArray) -> None:
        faces, seed = scenario.embedded.faces, scenario.seed

        def enrolled(rows: IntArray) -> Enrolled:
            ids = tuple(faces.ids[row] for row in rows.tolist())
            return Enrolled(vectors[rows], faces.identity[rows], ids)

        self.matcher: Matcher = fix_thresholds(
            enrolled(scenario.roles.parties.thresholds), scenario.plan.fmrs, seed=seed
        )
        attacked = enrolled(scenario.roles.attacked)
        first, second = genuine_pairs(attacked, seed=seed)
        self._scores = cosines(attacked.templates[first], attacked.templates[second])
        self.person = np.unique(attacked.person[first], return_inverse=True)[1].astype(np.int64)

    def hits(self, fmr: float) -> BoolArray | None:
        """Return which comparisons are accepted; None where there is no threshold."""
        return None if fmr in self.matcher.missing else self.matcher.accepts(self._scores, fmr)
