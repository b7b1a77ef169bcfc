"""The blind baseline: an attack without the model, which finds members only if the lists differ.

Attacks have been credited with what such a baseline finds as well (Das, Zhang, Tramer 2024, "Blind
Baselines Beat Membership Inference Attacks for Foundation Models", arXiv 2406.16201).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.gate.checks import Check
from faceaudit.gate.coding import EncodedLists, EncodedPairs
from faceaudit.gate.cross_fitting import BLOCKS, cross_fitted, design
from faceaudit.gate.name_features import columns
from faceaudit.metrics.clustered_auc import clustered_auc, share_below
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

Both = tuple[npt.ArrayLike, npt.ArrayLike]

MOST = 50_000
"""Pairs of a list that the baseline uses; of longer lists so many are drawn."""

FEWEST = 30
"""Pairs of a list, and people in both lists together, below which there is no result."""

DRAWS = 4
"""Draws of blocks whose scores are averaged, so that little depends on one."""

FITTED_TOO = 2.0
"""A factor of the variance of the AUC, because the records scored were also fitted on.

Where nothing separates members, an out-of-fold score of linear models is a sum over i and j of
k(i, j) m(i) m(j) with m = 1 or -1 at random and k symmetric. Its variance is twice the sum of k
squared, while a variance that takes the models as given sees that sum once.
"""


def blind_baseline(
    lists: EncodedLists,
    *,
    features: Both | None = None,
    feature_names: Sequence[str] | None = None,
    most: int = MOST,
    rng: np.random.Generator,
) -> Check:
    """Check that members cannot be found without the model.

    A linear model on the binned columns of `name_features.columns` and on `features`, one of its
    own for pairs of one person and for pairs of two, is fitted and scored with people kept apart:
    people are drawn into five blocks, and a pair is scored by a model fitted on pairs that have
    nobody from its blocks; scores of four such draws are averaged. It fails where the 95 % interval
    of the AUC lies above 0.5. (Below 0.5 an out-of-fold score is no evidence: leaving records out
    alone pushes it there.)

    Args:
        lists: members and non-members.
        features: (P, F) and (Q, F) further numbers of members and non-members, such as distances
            of public embeddings, which must not depend on the order of a pair's photos. Pairs with
            one that is not finite are left out.
        feature_names: what to call the F columns.
        most: pairs of each list that are used; of more, so many are drawn.
        rng: for the draw and the blocks.

    Raises:
        InputError: features, or names of them, that do not fit.
    """
    given, more = _checked_features(lists, features, feature_names)
    known = [np.flatnonzero(np.isfinite(part).all(axis=1)) for part in given]
    drawn = [_draw_rows(rows, most, rng) for rows in known]
    members, nonmembers = lists.members.take(drawn[0]), lists.nonmembers.take(drawn[1])
    names, people = _number_people(lists, members, nonmembers)
    if min(*map(len, drawn), names) < FEWEST:
        return _too_few(min(map(len, drawn)), names)
    values, titles = columns(lists, members, nonmembers)
    values = np.hstack([values, np.concatenate([given[0][drawn[0]], given[1][drawn[1]]])])
    same = np.concatenate([members.same, nonmembers.same])
    member = np.arange(len(same)) < len(members)
    binned = design(values)
    blocks = (rng.permutation(np.arange(names) % BLOCKS)[people] for _ in range(DRAWS))
    scores = np.mean([cross_fitted(binned, same, member, block) for block in blocks], axis=0)
    scored = np.isfinite(scores)
    fewest = int(min(scored[member].sum(), scored[~member].sum()))
    if min(fewest, names) < FEWEST:
        return _too_few(fewest, names)
    area = clustered_auc(scores[scored], member[scored], people[scored], times=FITTED_TOO)
    best = _best_column(np.column_stack([same, values]), member, ("label", *titles, *more))
    used, whole = (len(members), len(nonmembers)), (len(known[0]), len(known[1]))
    return _judge_area(area, best, used, whole, with_features=bool(more))


def _checked_features(
    lists: EncodedLists, features: Both | None, names: Sequence[str] | None
) -> tuple[tuple[Float64Array, Float64Array], tuple[str, ...]]:
    """Return features of members and of non-members, no columns where none were given."""
    if features is None:
        return (np.zeros((len(lists.members), 0)), np.zeros((len(lists.nonmembers), 0))), ()
    one, two = (np.asarray(part, dtype=np.float64) for part in features)
    counts = (len(lists.members), len(lists.nonmembers))
    if one.ndim != 2 or two.ndim != 2 or (len(one), len(two)) != counts:
        raise InputError(
            f"expected features (P, F) of {counts[0]} members and of {counts[1]} non-members, got "
            f"{one.shape} and {two.shape}"
        )
    if one.shape[1] != two.shape[1]:
        raise InputError(f"expected as many features of both, got {one.shape} and {two.shape}")
    if names is None:
        names = [f"feature {number}" for number in range(one.shape[1])]
    if len(names) != one.shape[1]:
        raise InputError(f"expected a name of each of {one.shape[1]} features, got {len(names)}")
    return (one, two), tuple(names)


def _draw_rows(rows: IntArray, most: int, rng: np.random.Generator) -> IntArray:
    return rows if len(rows) <= most else rows[np.sort(rng.choice(len(rows), most, replace=False))]


def _number_people(
    lists: EncodedLists, members: EncodedPairs, nonmembers: EncodedPairs
) -> tuple[int, IntArray]:
    """Return the count of people, and (P + Q, 2) numbers of the people of each pair.

    They are numbered by name: blocks that are drawn do not depend on the order of a pair's photos.
    """
    both = np.concatenate([members.people, nonmembers.people])
    used, people = np.unique(both, return_inverse=True)
    rank = np.empty(len(used), dtype=np.int64)
    names = [lists.person_names[person] for person in used.tolist()]
    rank[np.argsort(names)] = np.arange(len(used))
    return len(used), rank[people].reshape(-1, 2)


def _best_column(
    values: Float64Array, member: BoolArray, titles: tuple[str, ...]
) -> tuple[str, float]:
    """Return the column that separates best by being large or small, and its AUC from 0.5 up."""
    areas = [share_below(np.sort(column[~member]), column[member]).mean() for column in values.T]
    areas = [max(area, 1 - area) for area in areas]
    best = int(np.argmax(areas))
    return titles[best], float(areas[best])


def _judge_area(
    area: Estimate,
    best: tuple[str, float],
    drawn: tuple[int, int],
    whole: tuple[int, int],
    *,
    with_features: bool,
) -> Check:
    passed = area.low <= 0.5
    seen = "names, numbers, labels and features" if with_features else "names, numbers and labels"
    message = (
        f"without the model, {seen} tell members with AUC {area.value:.3f} "
        f"({area.low:.3f} to {area.high:.3f})"
    )
    if not passed:
        message += f"; most is told by: {best[0]} (AUC {best[1]:.3f} alone)"
    if drawn != whole:
        message += f"; of {drawn[0]:,} members and {drawn[1]:,} non-members that were drawn"
    figures = {
        "auc": area.value,
        "low": area.low,
        "high": area.high,
        "members": drawn[0],
        "nonmembers": drawn[1],
        "best_alone": best[1],
    }
    return Check("blind baseline", passed, message, figures)


def _too_few(pairs: int, people: int) -> Check:
    message = (
        f"too few records to keep people apart: {FEWEST} pairs of each list and {FEWEST} people "
        f"are needed, got {pairs:,} and {people:,}"
    )
    return Check("blind baseline", None, message, {"pairs": pairs, "people": people})
