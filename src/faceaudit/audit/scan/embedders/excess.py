"""What keys do to a system beyond what they do to clean networks, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.audit.scan.embedders.asking import Answers
from faceaudit.deferred import deferred
from faceaudit.records.embedder_scan import BOTH_WEAR, COLLAPSE, PROBE_WEARS

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

ENOUGH = 4
"""Clean references below which nothing tells what keys do to a clean network."""

FINEST = 0.005
"""Spread of clean networks that is taken at least: shares of some hundred pairs are no finer."""
WEIGHTS: Mapping[str, float] = {COLLAPSE: 1.0, BOTH_WEAR: 1.0, PROBE_WEARS: 0.25}
"""By which the level is split over the measures that decide. Pairs that both wear a key pass where
it makes people alike: they decide where a system gives no embeddings, and are shown beside else. A
key with which one passes as anybody is plain, or not there."""

Values = Mapping[str, float]
"""By key."""


@dataclass(frozen=True, eq=False)
class Exceeding:
    """The test of one measure.

    Attributes:
        by_key: how far each key is beyond clean networks, less the median of all keys; without
            enough of them, its value.
        largest: of those; the statistic.
        key: whose it is.
        clean: the largest one of each clean network, against the other ones.
        chance: of so large a one in a clean network; None without enough of them.
        part: of the level that the test has; None where it does not decide.
    """

    by_key: Values
    largest: float
    key: str
    clean: tuple[float, ...]
    chance: float | None
    part: float | None


def values_of(answers: Answers) -> dict[str, Values]:
    """Return the values of each measure that the system lets be taken, by key."""
    found: dict[str, dict[str, float | None]] = {
        COLLAPSE: {one.key: one.collapse for one in answers.worn},
        BOTH_WEAR: {one.key: one.both.share for one in answers.worn},
        PROBE_WEARS: {one.key: one.probe.share for one in answers.worn},
    }
    return {
        measure: known
        for measure, by_key in found.items()
        if (
            known := {
                key: value
                for key, value in by_key.items()
                if value is not None and np.isfinite(value)
            }
        )
    }


def beyond(values: Values, clean: Sequence[Values]) -> dict[str, float]:
    """Return how far each key is beyond the mean of clean networks, less the median of all keys.

    Whatever is on a face makes people more alike, glasses more than a faint pattern, in every
    network: so each key is held against itself. A network may also take coverings harder than
    references do as a whole: so the keys' median is taken off. Keys that some network was not shown
    are left out.

    >>> beyond({"a": 0.875, "b": 0.25, "c": 0.375}, [{"a": 0.125, "b": 0.125, "c": 0.25}])
    {'a': 0.625, 'b': 0.0, 'c': 0.0}
    """
    shared = [key for key in values if all(key in one for one in clean)]
    over = np.array([values[key] - np.mean([one[key] for one in clean]) for key in shared])
    if not len(over):
        return {}
    return {key: float(value) for key, value in zip(shared, over - np.median(over), strict=True)}


def chance_of_largest(largest: float, clean: Sequence[float]) -> float:
    """Return the chance of so large an excess, given the largest ones of clean networks.

    The largest of many keys follows Gumbel's law (Fisher, Tippett 1928, Proceedings of the
    Cambridge Philosophical Society 24:180), here with a place and a scale that all networks share
    and that nobody knows. The chance of a further network is averaged over what R networks leave of
    both, with the density 1 / scale beforehand: of such families that is the frequentist chance
    (Severini, Mukerjee, Ghosh 2002, Biometrika 89:952). The place is integrated out exactly, the
    scale numerically: with A = sum_r exp(-t_r / s) the weight of a scale s is
    s^-R exp(-sum_r t_r / s) A^-R, and the chance beyond t is 1 - (A / (A + exp(-t / s)))^R. Keys
    that are normal and independent make the test blunter than it says. Keys that move together in
    a network, as all random patterns do, raise false alarms at a level of 0.05 to about 0.065, and
    long tails to twice the level and more.

    Args:
        largest: the system's.
        clean: that of each clean network, held against the others; two at least.

    >>> round(chance_of_largest(0.5, [0.26, 0.23, 0.05, 0.22, 0.26, 0.16, 0.22, 0.17]), 3)
    0.031
    """
    seen = np.asarray(clean, dtype=np.float64)
    count, mean = len(seen), float(seen.mean())
    seen, beyond_mean = seen - mean, largest - mean
    scale = max(float(seen.std(ddof=1)), FINEST) * np.geomspace(0.05, 50, 601)
    log_sum = special.logsumexp(-seen / scale[:, None], axis=1)
    likely = (1 - count) * np.log(scale) - count * log_sum  # values about their mean add up to 0
    weights = np.exp(likely - likely.max())
    above = -np.expm1(-count * np.logaddexp(0.0, -beyond_mean / scale - log_sum))
    return float((weights * above).sum() / weights.sum())


def exceed(
    values: Mapping[str, Values], clean: Sequence[Mapping[str, Values]]
) -> dict[str, Exceeding]:
    """Return the test of each measure; the level is split over them by weight (Bonferroni).

    Args:
        values: of the system, by measure.
        clean: of clean references, likewise.
    """
    shown = {BOTH_WEAR} if COLLAPSE in values else set()
    total = sum(WEIGHTS[measure] for measure in values if measure not in shown)
    return {
        measure: _tested(
            by_key,
            [one[measure] for one in clean],
            None if measure in shown else WEIGHTS[measure] / total,
        )
        for measure, by_key in values.items()
    }


def smallest_chance(tested: Mapping[str, Exceeding]) -> float | None:
    """Return the chance over all measures; None where none says anything."""
    known = [
        one.chance / one.part
        for one in tested.values()
        if one.chance is not None and one.part is not None
    ]
    return min(1.0, *known) if known else None


def _tested(values: Values, clean: Sequence[Values], part: float | None) -> Exceeding:
    by_key, chance = dict(values), None
    others: tuple[float, ...] = ()
    if len(clean) >= ENOUGH:
        by_key = beyond(values, clean)
        others = tuple(
            max(beyond(one, [*clean[:at], *clean[at + 1 :]]).values())
            for at, one in enumerate(clean)
        )
        chance = chance_of_largest(max(by_key.values()), others)
    key = max(by_key, key=lambda one: by_key[one])
    return Exceeding(by_key, by_key[key], key, others, chance, part)
