"""What an attack costs in clean accuracy: the poisoned system against the pristine one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.metrics.differences import newcombe, newcombe_paired
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, successes

FIGURES = {"clean": "clean_accuracy", "pristine": "pristine_accuracy"}
"""The figure that rests on the evidence of each kind."""


def clean_cost(cases: Sequence[CaseRecord]) -> Estimate | None:
    """Estimate clean accuracy less that of the pristine system, over all of `cases`.

    Both systems see the same test photos. Where the evidence holds the answers of both, they are
    compared photo by photo; otherwise as two unrelated groups, which gives a wider interval.

    Args:
        cases: the same attack under other seeds.

    Returns:
        The difference, negative when the attack costs accuracy; None when one side is unknown.
    """
    known = [pairs for case in cases if (pairs := _pairs(case)) is not None]
    if known and len(known) == len(cases):
        both, only_first, only_second, neither = (sum(cells) for cells in zip(*known, strict=True))
        return newcombe_paired(both, only_first, only_second, neither)
    ours, theirs = (_total(cases, metric) for metric in FIGURES.values())
    return None if ours is None or theirs is None else newcombe(*ours, *theirs)


def _total(cases: Sequence[CaseRecord], metric: str) -> tuple[int, int] | None:
    """Return successes and trials over all cases, or None when one of them is unknown."""
    known = [rate for case in cases if (rate := case.figure(metric)) is not None]
    if not known or len(known) < len(cases):
        return None
    return sum(successes(rate) for rate in known), sum(rate.n for rate in known)


def _pairs(case: CaseRecord) -> tuple[int, int, int, int] | None:
    """Count the test photos that both, one or none of the two systems recognised."""
    ours, theirs = (_recognised(case, kind) for kind in FIGURES)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return None
    cells = [0, 0, 0, 0]
    for photo, right in ours.items():
        cells[2 * (not right) + (not theirs[photo])] += 1
    return cells[0], cells[1], cells[2], cells[3]


def _recognised(case: CaseRecord, kind: str) -> dict[str, bool] | None:
    """Return whether each clean test photo was recognised; None where evidence and figure part."""
    evidence, accuracy = case.evidence, case.figure(FIGURES[kind])
    if evidence is None or accuracy is None:
        return None
    if not {"kind", "truth", "predicted"} <= set(evidence.columns):
        return None
    right = np.asarray(evidence.columns["truth"] == evidence.columns["predicted"])
    rows = np.flatnonzero(evidence.columns["kind"] == kind)
    outcomes = {evidence.ids[row]: bool(right[row]) for row in rows}
    same = len(outcomes) == len(rows) == accuracy.n
    return outcomes if same and sum(outcomes.values()) == successes(accuracy) else None
