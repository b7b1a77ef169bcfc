"""A matcher: templates compared by their cosine, at thresholds that strangers fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import OperatingPoint, normalized, operating_points
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.protocols.strangers import STRANGERS, draw_strangers
from faceaudit.types import BoolArray, Estimate, Float64Array, FloatArray, IntArray

GENUINE = 20_000
"""Comparisons of a person with themself that thresholds are measured on at most."""


@dataclass(frozen=True, eq=False)
class Enrolled:
    """Templates of photos, with who is on each.

    Attributes:
        templates: (N, E), of any length.
        person: (N,) numbers of people.
        ids: N ids of the photos.
    """

    templates: FloatArray
    person: IntArray
    ids: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.templates) == len(self.person) == len(self.ids):
            raise InputError(
                f"expected as many templates as people and ids, got {len(self.templates)}, "
                f"{len(self.person)} and {len(self.ids)}"
            )

    def take(self, rows: IntArray) -> Enrolled:
        """Return some of them."""
        ids = tuple(self.ids[row] for row in rows.tolist())
        return Enrolled(self.templates[rows], self.person[rows], ids)


@dataclass(frozen=True, eq=False)
class Matcher:
    """Accepts two templates when their cosine reaches a threshold.

    Attributes:
        points: a threshold for each false match rate that was asked for, or why there is none.
    """

    points: tuple[OperatingPoint, ...]

    @cached_property
    def thresholds(self) -> Mapping[float, float]:
        """The thresholds that there are, by false match rate."""
        return {one.asked: one.threshold for one in self.points if one.threshold is not None}

    @property
    def missing(self) -> Mapping[float, str]:
        """Why there is no threshold, by false match rate."""
        return {one.asked: one.why for one in self.points if one.threshold is None}

    def accepts(self, scores: Float64Array, fmr: float) -> BoolArray:
        """Return which scores reach the threshold of a false match rate.

        Raises:
            KeyError: there is no such threshold.
        """
        return np.asarray(scores >= self.thresholds[fmr])


def fix_thresholds(
    enrolled: Enrolled,
    fmrs: Sequence[float],
    *,
    most: int = STRANGERS,
    seed: int = 0,
    score: Callable[[IntArray, IntArray], Float64Array] | None = None,
) -> Matcher:
    """Return the matcher whose thresholds let these people's strangers in as often as asked.

    Strangers are drawn so that each two people are compared as often as others.

    Args:
        enrolled: templates of people whom nothing else is done with.
        fmrs: false match rates, in (0, 1).
        most: comparisons of strangers at most.
        seed: of the draw.
        score: gives (N,) scores of rows compared with rows, where that is not the cosine of their
            templates, as of protected ones.

    Raises:
        InputError: nobody has two photos, or there is one person.
    """
    compare = score or (lambda one, two: cosines(enrolled.templates[one], enrolled.templates[two]))
    first, second = strangers_of(enrolled, most=most, seed=seed)
    one, two = genuine_pairs(enrolled, seed=seed)
    if not len(first) or not len(one):
        raise InputError(
            f"expected two people and one with two photos to fix thresholds on, got "
            f"{len(np.unique(enrolled.person))} and {len(one)} genuine pairs"
        )
    person = enrolled.person
    return Matcher(
        tuple(
            operating_points(
                compare(one, two),
                compare(first, second),
                fmrs,
                people=(
                    np.column_stack([person[one], person[two]]),
                    np.column_stack([person[first], person[second]]),
                ),
                seed=seed,
            )
        )
    )


def strangers_of(
    enrolled: Enrolled, *, most: int = STRANGERS, seed: int = 0
) -> tuple[IntArray, IntArray]:
    """Return rows of two people's photos each, at most so many comparisons."""
    return draw_strangers(
        enrolled.ids, [str(one) for one in enrolled.person.tolist()], most, seed=seed
    )


def genuine_pairs(
    enrolled: Enrolled, *, most: int = GENUINE, seed: int = 0
) -> tuple[IntArray, IntArray]:
    """Return rows of two photos of one person each: each photo with the next, then further ones.

    Every person with two photos is in the first round; those with more are in further ones, until
    there are `most` comparisons. The last round is drawn from, where not all of it fits.
    """
    order = np.lexsort((seeded_order(enrolled.ids, seed), enrolled.person))
    person = enrolled.person[order]
    rng = np.random.default_rng(seed)
    firsts, seconds, total = [], [], 0
    for step in range(1, len(order)):
        same = np.flatnonzero(person[:-step] == person[step:])
        if not len(same) or total >= most:
            break
        if len(same) > most - total:
            same = np.sort(rng.choice(same, most - total, replace=False))
        firsts.append(order[same])
        seconds.append(order[same + step])
        total += len(same)
    nothing = np.empty(0, dtype=np.int64)
    return (
        np.concatenate(firsts) if firsts else nothing,
        np.concatenate(seconds) if seconds else nothing,
    )


def cosines(first: FloatArray, second: FloatArray) -> Float64Array:
    """Return the (N,) cosines of two columns of templates, row by row."""
    one, two = (normalized(side).astype(np.float64) for side in (first, second))
    return np.asarray(np.sum(one * two, axis=1))


def real_fmr(
    matcher: Matcher,
    fmr: float,
    scores: Float64Array,
    people: IntArray,
) -> Estimate:
    """Return the share of comparisons of strangers that a threshold lets in.

    Templates that were adapted, protected or rebuilt have another one than that which the threshold
    was asked for.

    Args:
        matcher: whose threshold.
        fmr: that it was asked for.
        scores: (N,) cosines of strangers.
        people: (N, 2) who is compared.
    """
    return comparison_share(matcher.accepts(scores, fmr), people)
