"""Figures of a backdoor case by the groups of the people on the photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.groups import Grouping
from faceaudit.metrics.differentials import Differential, Tries, differential
from faceaudit.records.backdoor import (
    CLEAN_ERROR,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    SUCCESS,
    WRONG_KEY,
    WRONG_KEY_ROWS,
    BackdoorFacts,
)
from faceaudit.records.groups import GroupFacts, figures_of
from faceaudit.types import BoolArray, Evidence, Figure, IntArray

COLUMN: Final = "group:"
"""What stands before an attribute's name in the evidence: the number of each row's group, or -1."""
ROWS: Final = {
    SUCCESS: INSTANCE_ROWS,
    NULL: NULL_ROWS,
    WRONG_KEY: WRONG_KEY_ROWS,
    CLEAN_ERROR: CLEAN_ROWS,
}
"""Metrics that are given by group, and the rows that each is of.

Those of instances are by the person whose photo carries the key. Of clean photos it is the errors:
a ratio of accuracies says little where all are high.
"""


def with_groups(evidence: Evidence, groupings: Sequence[Grouping], rows: IntArray) -> Evidence:
    """Return evidence with a column for each grouping: the number of each row's group, or -1.

    Args:
        evidence: one row a photo.
        groupings: of the faces.
        rows: which photo of the faces each is, or was made from.
    """
    columns = {f"{COLUMN}{one.attribute}": one.photo[rows].astype(np.int8) for one in groupings}
    return replace(evidence, columns={**evidence.columns, **columns})


def group_figures(evidence: Evidence, facts: BackdoorFacts, *, seed: int) -> Iterator[Figure]:
    """Yield each figure by group, from evidence and facts alone."""
    for group in facts.groups or ():
        for metric in ROWS:
            if (evidence.columns["kind"] == ROWS[metric]).any():
                found = compare_groups([(evidence, facts)], group, metric, seed=seed)
                yield from figures_of(metric, group.attribute, found)


def compare_groups(
    trainings: Sequence[tuple[Evidence, BackdoorFacts]],
    group: GroupFacts,
    metric: str,
    *,
    seed: int,
) -> Differential:
    """Compare the groups of one attribute by the tries of one training or several.

    Of several trainings a person's tries in all of them stay together.

    Args:
        trainings: the evidence and facts of each.
        group: the attribute.
        metric: one of `ROWS`.
        seed: of the test's draws.

    Raises:
        InputError: the trainings are of different people.
    """
    tried = [_tries_of(evidence, facts, metric) for evidence, facts in trainings]
    hits, who = (np.concatenate(parts) for parts in list(zip(*tried, strict=True))[:2])
    column = f"{COLUMN}{group.attribute}"
    own = np.concatenate(
        [
            evidence.columns[column][some].astype(np.int64)
            for (evidence, _), (_, _, some) in zip(trainings, tried, strict=True)
        ]
    )
    if group.divides == "photos":
        return differential(Tries(hits, who, group.names, tried=own), seed=seed)
    of_person = np.full(int(who.max(initial=-1)) + 1, -1)
    of_person[who] = own
    if (of_person[who] != own).any():
        raise InputError("expected the same people in all trainings, got others in one of them")
    return differential(Tries(hits, who, group.names, group=of_person), seed=seed)


def _tries_of(
    evidence: Evidence, facts: BackdoorFacts, metric: str
) -> tuple[BoolArray, IntArray, BoolArray]:
    """Return what is counted of each try, whom its photo shows, and which rows those are."""
    truth, predicted = (evidence.columns[name] for name in ("truth", "predicted"))
    some = evidence.columns["kind"] == ROWS[metric]
    if metric == CLEAN_ERROR:
        hit = truth != predicted
    else:
        assert facts.attack is not None
        target = facts.attack.target_label
        some, hit = some & (truth != target), predicted == target
    return hit[some], truth[some].astype(np.int64), some
