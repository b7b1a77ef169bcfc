"""Error rates by group of people, at thresholds that are the same for all groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np

from faceaudit.faces.groups import Grouping
from faceaudit.metrics import OperatingPoint, SearchResults, TpirAtFpir, mated_ranks
from faceaudit.metrics.differentials import Differential, Tries, differential
from faceaudit.protocols.comparisons import Comparisons
from faceaudit.types import BoolArray, FaceSet, IntArray


@dataclass(frozen=True)
class ByGroup:
    """An error rate by the groups of one attribute.

    Attributes:
        metric: which rate, such as "fmr@fmr=0.01".
        attribute: of the groups.
        divides: whether they are of people, or of photos.
        found: the rates, and what sets them apart.
    """

    metric: str
    attribute: str
    divides: Literal["people", "photos"]
    found: Differential

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        compared = {
            field.name: {"estimate": None if one is None else asdict(one), "why_none": why}
            for field in fields(self.found)
            if field.name != "groups"
            for one, why in [getattr(self.found, field.name)]
        }
        return {
            "metric": self.metric,
            "attribute": self.attribute,
            "divides": self.divides,
            "groups": [asdict(group) for group in self.found.groups],
            **compared,
        }


def tries_of_photos(
    hits: BoolArray, rows: IntArray, identity: IntArray, grouping: Grouping
) -> Tries:
    """Return tries on single photos with the groups of these.

    Args:
        hits: (N,) bool.
        rows: (N,) the photo of each.
        identity: who is on each photo of the faces.
        grouping: of the faces.
    """
    if grouping.divides == "people":
        return Tries(hits, identity[rows], grouping.names, group=grouping.person)
    return Tries(hits, identity[rows], grouping.names, tried=grouping.photo[rows])


def tries_of_pairs(
    hits: BoolArray, rows: IntArray, identity: IntArray, grouping: Grouping
) -> Tries:
    """Return comparisons of two photos each; one is of a group when both photos are.

    Args:
        hits: (P,) bool.
        rows: (P, 2) the photos of each.
        identity: who is on each photo of the faces.
        grouping: of the faces.
    """
    if grouping.divides == "people":
        return Tries(hits, identity[rows], grouping.names, group=grouping.person)
    first, second = grouping.photo[rows].T
    return Tries(hits, identity[rows], grouping.names, tried=np.where(first == second, first, -1))


def errors_by_group(
    accepted: BoolArray,
    same: BoolArray,
    rows: IntArray,
    identity: IntArray,
    groupings: Sequence[Grouping],
    *,
    names: tuple[str, str] = ("fmr", "fnmr"),
    least: int = 1,
    seed: int = 0,
) -> Iterator[ByGroup]:
    """Yield FMR and FNMR of decisions about pairs by group, both people of which are of one.

    Impostors of one group are compared with one another, as strangers who look alike are.

    Args:
        accepted: (P,) whether each pair is taken for one person.
        same: (P,) whether it shows one.
        rows: (P, 2) its photos.
        identity: who is on each photo of the faces.
        groupings: of the faces.
        names: what FMR and FNMR are called.
        least: impostor comparisons that a group needs.
        seed: of the tests' draws.
    """
    sides = ((names[0], accepted, ~same, least), (names[1], ~accepted, same, 1))
    for metric, hits, some, needed in sides:
        for grouping in groupings:
            tries = tries_of_pairs(hits[some], rows[some], identity, grouping)
            found = differential(tries, least=needed, seed=seed)
            yield ByGroup(metric, grouping.attribute, grouping.divides, found)


def thresholds_by_group(
    compared: Comparisons,
    points: Sequence[OperatingPoint],
    faces: FaceSet,
    groupings: Sequence[Grouping],
) -> Iterator[ByGroup]:
    """Yield FMR and FNMR by group at thresholds that were chosen on everybody.

    The threshold is fixed once, for all groups, on the same comparisons: over all of them the FMR
    is the one asked for, and groups share it unevenly. A group with fewer impostor comparisons
    than 1/FMR is refused.

    Args:
        compared: what the thresholds rest on; comparisons without a score do not count.
        points: the thresholds.
        faces: the photos that are compared.
        groupings: of these.
    """
    made = compared.take(compared.scored)
    row = {id_: place for place, id_ in enumerate(faces.ids)}
    sides = [[row[id_] for id_ in side] for side in (made.first, made.second)]
    rows = np.array(sides, dtype=np.int64).T.reshape(-1, 2)
    for point in points if groupings else ():
        if point.threshold is not None:
            yield from errors_by_group(
                made.score >= point.threshold,
                made.same,
                rows,
                faces.identity,
                groupings,
                names=(f"fmr@fmr={point.asked:g}", f"fnmr@fmr={point.asked:g}"),
                least=math.ceil(round(1 / point.asked, 6)),
            )


def searches_by_group(
    searches: SearchResults,
    points: Sequence[TpirAtFpir],
    rows: IntArray,
    identity: IntArray,
    groupings: Sequence[Grouping],
) -> Iterator[ByGroup]:
    """Yield errors of identification by the group of the probe.

    Mated probes whose own person is not the first; and, at thresholds that were chosen on all
    non-mated probes, FNIR and FPIR.

    Args:
        searches: what each probe's search gave.
        points: the thresholds.
        rows: (N,) the photo of each probe.
        identity: who is on each photo of the faces.
        groupings: of the faces.
    """
    missed = mated_ranks(searches) > 1
    mated, others = rows[searches.mated], rows[searches.nonmated]
    sides = [("rank-1_error", missed, mated, 1)]
    for point in points:
        if point.threshold is not None:
            name = f"fpir={point.fpir:g}"
            unfound = missed | (searches.score < point.threshold)
            alarms, least = searches.top >= point.threshold, math.ceil(round(1 / point.fpir, 6))
            sides += [(f"fnir@{name}", unfound, mated, 1), (f"fpir@{name}", alarms, others, least)]
    for metric, hits, photos, needed in sides:
        for one in groupings:
            found = differential(tries_of_photos(hits, photos, identity, one), least=needed)
            yield ByGroup(metric, one.attribute, one.divides, found)
