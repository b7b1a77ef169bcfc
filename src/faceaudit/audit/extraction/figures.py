"""Figures of a copy: agreement with its victim, beside what agrees without any extraction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.extraction.victims import HeldOut, Victim
from faceaudit.metrics import clustered_share
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.metrics.paired_change import Tries, share_change
from faceaudit.records.extraction import (
    AGREEMENT,
    COPIED,
    COPY_RIGHT,
    NULL,
    OVER_PRIOR,
    OVER_TRUTH,
    PRIOR,
    TRUTH,
    VICTIM_RIGHT,
)
from faceaudit.types import BoolArray, Column, Estimate, Evidence, Figure, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Decided:
    """What victim and copies say of what is held out, (T,) each.

    Attributes:
        victim: the victim's decisions.
        copy: the copy's.
        score: the copy's raw score: its probability of the victim's decision, or a cosine.
        null: the decisions of the null.
        truth: those of the model that learned from true labels; None where there is none.
    """

    victim: IntArray
    copy: IntArray
    score: FloatArray
    null: IntArray
    truth: IntArray | None


def figures(victim: Victim, decided: Decided) -> Iterator[Figure]:
    """Yield agreement with its baselines, and how often both are right.

    The prior is the share of the victim's most frequent decision on what is held out: whoever
    always says it, and knew which it is, would agree as often.
    """
    held = victim.held_out
    prior = np.bincount(decided.victim).argmax() == decided.victim
    agrees = decided.copy == decided.victim
    yield Figure(AGREEMENT, share(agrees, held))
    yield Figure(PRIOR, share(prior, held))
    yield Figure(NULL, share(decided.null == decided.victim, held))
    above = difference(prior, agrees, held)
    yield Figure(OVER_PRIOR, above)
    yield of_what_is_left(above, float(prior.mean()))
    if decided.truth is None:
        yield Figure(TRUTH, None, victim.why_no_truth)
        yield Figure(OVER_TRUTH, None, victim.why_no_truth)
    else:
        known = decided.truth == decided.victim
        yield Figure(TRUTH, share(known, held))
        yield Figure(OVER_TRUTH, difference(known, agrees, held))
    yield Figure(COPY_RIGHT, share(decided.copy == held.truth, held))
    yield Figure(VICTIM_RIGHT, share(decided.victim == held.truth, held))


def of_what_is_left(above: Estimate, prior: float) -> Figure:
    """Return the share of the victim's decisions that a copy has, of those that the prior misses.

    (agreement - prior) / (1 - prior), as Cohen's kappa corrects for chance; the ends are those of
    the difference, with the prior taken as it was found. Below 0 where the prior agrees more often.
    """
    left = 1 - prior
    if left <= 0:
        return Figure(COPIED, None, "the victim decides the same of everything that is held out")
    value, low, high = (min(1.0, end / left) for end in (above.value, above.low, above.high))
    method = f"{above.method}, of what the prior misses"
    return Figure(COPIED, Estimate(value, low, high, above.n, method))


def share(hits: BoolArray, held: HeldOut) -> Estimate:
    """Estimate a share with people as clusters, or with what pairs share of people."""
    if held.people.ndim == 1:
        return clustered_share(hits, held.people)
    return comparison_share(hits, held.people)


def difference(before: BoolArray, after: BoolArray, held: HeldOut) -> Estimate:
    """Estimate by how much more of the same photos or pairs hit, with people as clusters."""
    return share_change(Tries(before, held.people), Tries(after, held.people)).interval()


def evidence(victim: Victim, decided: Decided) -> Evidence:
    """Return one row a photo or pair with everybody's decision and the copy's raw score."""
    columns: dict[str, Column] = {
        "truth": victim.held_out.truth,
        "victim": decided.victim,
        "copy": decided.copy,
        "score": decided.score,
        "null": decided.null,
    }
    if decided.truth is not None:
        columns["true_labels"] = decided.truth
    return Evidence(victim.held_out.ids, columns)
