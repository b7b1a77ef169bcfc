"""Figures of inversions in two audits: by person where both attacked the same people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from faceaudit.metrics.paired_change import Tries, share_change
from faceaudit.metrics.uncertain import Uncertain, average
from faceaudit.records.inversion import InversionFacts
from faceaudit.report.measures import Measure
from faceaudit.report.sides import Change, Pairing, Side, shared_keys
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, IntArray

PERSON: Pairing = "by person"


def compare_sides(before: Side, after: Side) -> Change | None:
    """Return what lies between the figures of two audits; None for unrelated figures.

    Those of an identifier are taken as unrelated, which makes the interval wider, not narrower.
    Trials of one person are a cluster. People are told by the stolen photo, and pairs are made
    within a seed.
    """
    if any(case.spec["part"] != "template" for side in (before, after) for case in side.cases()):
        return None
    one, other = _by_seed(before), _by_seed(after)
    if not one or one.keys() != other.keys():
        return None
    changes = [_paired(one[seed], other[seed]) for seed in one]
    known = [change for change in changes if change is not None]
    if len(known) < len(changes):
        return None
    return Change(average(known) if len(known) > 1 else known[0], PERSON)


def _by_seed(side: Side) -> dict[int, tuple[CaseRecord, Measure]]:
    cases = side.cases()
    return {
        int(case.spec["seed"]): (case, measure)
        for case, measure in zip(cases, side.measures, strict=False)
        if case.evidence is not None
    }


def _paired(
    before: tuple[CaseRecord, Measure], after: tuple[CaseRecord, Measure]
) -> Uncertain | None:
    """Return the change over the people whom both attacked; None where those are too few."""
    one, other = _passed(*before), _passed(*after)
    both = [] if one is None or other is None else shared_keys(one, other)
    if not both or one is None or other is None:
        return None
    photos = {photo: number for number, photo in enumerate(dict.fromkeys(id_ for id_, _ in both))}
    people: IntArray = np.array([photos[id_] for id_, _ in both])
    hits: list[BoolArray] = [np.array([side[key] for key in both]) for side in (one, other)]
    return share_change(Tries(hits[0], people), Tries(hits[1], people))


def _passed(case: CaseRecord, measure: Measure) -> Mapping[tuple[str, int], bool] | None:
    """Return which tries count for a measure, by photo and trial; None where that is unknown."""
    evidence = case.evidence
    assert evidence is not None
    facts, columns = InversionFacts.of(case), evidence.columns
    if measure.name == "named":
        rank = columns["rank"].astype(np.int64)
        hits = (rank >= 1) & (rank <= int(measure.labels["rank"]))
    else:
        fmr = float(measure.labels["fmr"])
        place = [one.title for one in facts.networks].index(str(measure.labels["network"]))
        held = facts.networks[place].thresholds if measure.name == "transfer" else facts.thresholds
        threshold = next((one.threshold for one in held if one.fmr == fmr), None)
        if threshold is None:
            return None
        own = measure.name == "success" and measure.labels["type"] == "I"
        scores = columns["own"] if own else columns["other"][:, place]
        hits = scores.astype(np.float64) >= threshold
    keys = zip(evidence.ids, columns["trial"].tolist(), strict=True)
    return dict(zip(keys, hits.tolist(), strict=True))
