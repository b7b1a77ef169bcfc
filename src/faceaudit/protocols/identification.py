"""Identification: a gallery and probes in, rates of closed-set and open-set searches out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import SplitError
from faceaudit.faces.groups import Grouping
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import (
    DISTANCES,
    Gallery,
    SearchResults,
    closed_set,
    cmc,
    compare,
    concatenate,
    normalized,
    open_set,
    search,
)
from faceaudit.progress import Progress, silent
from faceaudit.protocols.acquisition import Failed, failure_rate, generalised, with_failed
from faceaudit.protocols.embedded import Templates, about
from faceaudit.protocols.groups import ByGroup, searches_by_group
from faceaudit.protocols.result import Result
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import BoolArray, FaceSet, Figure, FloatArray, IntArray

Rate = Annotated[float, Field(gt=0, le=1)]
BLOCK = 256
CURVE = 100
"""Ranks of the CMC curve that are kept."""


class Identification(Templates):
    """The photos that people are enrolled with, and how probes are searched."""

    gallery: int = Field(1, ge=1, description="photos that a person is enrolled with")
    nonmated: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="share of the people who are not enrolled; their photos are non-mated probes",
    )
    distance: Literal["cosine", "euclidean", "chi_square", "bhattacharyya"] = Field(
        "cosine", description="between a probe and a template; see docs/protocols.md"
    )
    ranks: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (1, 5, 10), description="ranks to give the identification rate at"
    )
    fpirs: tuple[Rate, ...] = Field(
        (1e-1, 1e-2, 1e-3),
        description="false-positive identification rates to give the true-positive one at",
    )
    seed: int = Field(
        0, ge=0, description="draws the people who are not enrolled, and the gallery's photos"
    )

    def split(self, faces: FaceSet) -> tuple[IntArray, IntArray]:
        """Return the rows of the gallery and of the probes.

        People with too few photos to be enrolled and probed are non-mated; of the others a share.
        The same seed gives the same people and photos in whatever order they are held.

        Raises:
            SplitError: nobody can be enrolled.
        """
        rank = seeded_order(faces.ids, self.seed)
        order = np.lexsort((rank, faces.identity))
        person = faces.identity[order]
        count = np.bincount(person, minlength=len(faces.names))
        start = np.cumsum(count) - count
        within = np.arange(len(order)) - start[person]
        able = np.flatnonzero(count > self.gallery)
        if len(able) == 0:
            raise SplitError(
                f"expected a person with more than {self.gallery} photos, got at most "
                f"{int(count.max(initial=0))}; try a smaller gallery"
            )
        names = tuple(faces.names[person] for person in able)
        drawn = able[np.argsort(seeded_order(names, self.seed))]
        enrolled = np.zeros(len(count), dtype=bool)
        enrolled[drawn[int(round(self.nonmated * len(able))) :]] = True  # noqa: RUF046
        in_gallery = enrolled[person] & (within < self.gallery)
        return np.sort(order[in_gallery]), np.sort(order[~in_gallery])

    def judge(self, searches: SearchResults, people: IntArray | None = None) -> Result:
        """Return every figure of searches; no model is needed for it.

        Args:
            searches: what each probe's search gave.
            people: (N,) who is on each probe, for the intervals; None takes probes as independent.

        Raises:
            InputError: there is no mated probe.
        """
        figures = [
            Figure(f"rank-{point.rank}", point.rate, point.why)
            for point in closed_set(searches, people=people, ranks=self.ranks)
        ]
        for point in open_set(searches, self.fpirs, people=people):
            figures.append(Figure(f"tpir@fpir={point.fpir:g}", point.tpir, point.why))
            if point.realised is not None:
                figures.append(Figure(f"fpir@fpir={point.fpir:g}", point.realised))
        curve = cmc(searches, min(CURVE, searches.people), people=people)
        facts = {
            "gallery_people": searches.people,
            "mated_probes": len(searches.mated),
            "nonmated_probes": len(searches.nonmated),
            "options": self.model_dump(mode="json"),
        }
        points = {
            "rank": list(range(1, len(curve.share) + 1)),
            "share": curve.share.tolist(),
            "low": curve.low.tolist(),
            "high": curve.high.tolist(),
        }
        return Result("identification", tuple(figures), facts, points)

    def search(
        self,
        probes: FloatArray,
        gallery: FloatArray,
        probe_identity: IntArray,
        gallery_identity: IntArray,
    ) -> SearchResults:
        """Search the gallery with every probe, in blocks."""
        people = Gallery.of(gallery_identity)
        found: list[SearchResults] = []

        def take(scores: FloatArray, first: int) -> None:
            identity = probe_identity[first : first + len(scores)]
            found.append(search(scores, identity, people, first=first))

        if self.distance == "cosine":
            compare(normalized(probes), normalized(gallery), take)
        else:
            for first in range(0, len(probes), BLOCK):
                block = DISTANCES[self.distance].block(probes[first : first + BLOCK], gallery)
                take(np.asarray(-block, dtype=np.float32), first)
        return concatenate(found)


def identify(
    embedder: Embedder,
    faces: FaceSet,
    options: Identification,
    *,
    cache: Path,
    failed: Sequence[Failed] | None = None,
    groupings: Sequence[Grouping] = (),
    progress: Progress = silent,
) -> Result:
    """Run an identification protocol: enrol some photos, search with all others.

    Photos in which no face was found are drawn for gallery and probes as all others are. A person
    of whom no gallery photo has a face is not enrolled, and is not searched for.

    Args:
        embedder: the network with its weights.
        faces: photos of the embedder's size.
        options: the enrolment, and how probes are searched.
        cache: folder of all embeddings.
        failed: photos in which no face was found, none or several; None where nobody looked.
        groupings: of the photos, by which errors are given, too.
        progress: told of every photo.

    Raises:
        SplitError: nobody can be enrolled.
        InputError: the photos are not of the embedder's size.
    """
    tried, out = with_failed(faces, failed or ())
    all_gallery, all_probes = options.split(tried)
    gallery, person = all_gallery[~out[all_gallery]], tried.identity
    if not len(gallery):
        raise SplitError(
            f"expected a face on a photo of the gallery, got none on {len(all_gallery):,}; try "
            "no_face=crop, or a lower threshold, for the way to align"
        )
    mated = np.isin(person[all_probes], person[all_gallery])
    lost = out[all_probes] | (mated & ~np.isin(person[all_probes], person[gallery]))
    probes = all_probes[~lost]
    enrolled, probed = (
        options.embed(embedder, faces, rows, cache=cache, progress=progress)
        for rows in (gallery, probes)
    )
    searches = options.search(probed, enrolled, person[probes], person[gallery])
    judged = options.judge(searches, person[probes])
    more: tuple[Figure, ...] = ()
    if failed is not None:
        chosen = np.unique(person[all_gallery])
        rates = (
            Figure("fta", failure_rate(out, person)),
            Figure("fte", failure_rate(~np.isin(chosen, person[gallery]), chosen)),
        )
        more = rates + _generalised(judged, lost[mated], person[all_probes][mated])
    facts = {**about(embedder, faces), "gallery_photos": len(gallery), **judged.facts}
    groups: tuple[ByGroup, ...] = ()
    if groupings:
        points = open_set(searches, options.fpirs, people=person[probes])
        groups = tuple(searches_by_group(searches, points, probes, faces.identity, groupings))
    return replace(judged, figures=(*judged.figures, *more), facts=facts, groups=groups)


def _generalised(judged: Result, lost: BoolArray, people: IntArray) -> tuple[Figure, ...]:
    """Return TPIR with the probes that cannot be searched with, or for, as not found."""
    share = failure_rate(lost, people)
    return tuple(
        Figure(
            f"g{figure.metric}",
            None if figure.estimate is None else generalised(figure.estimate, share, rejects=False),
            figure.why_none,
        )
        for figure in judged.figures
        if figure.metric.startswith("tpir@")
    )
