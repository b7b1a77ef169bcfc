"""A system that compares photos under a mitigation: several networks, enrolled people, thresholds.

Every score is in spreads of strangers' scores, so that those of several networks compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.matching_section import MOST
from faceaudit.deferred import deferred
from faceaudit.errors import SplitError
from faceaudit.faces.alignment.between import Places, transfer_images
from faceaudit.metrics import normalized
from faceaudit.mitigations.matching import MatchingMitigation
from faceaudit.protocols.matching import Enrolled, Matcher, cosines, fix_thresholds, strangers_of
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.types import Float64Array, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from faceaudit.audit.common import matching_flow
    from faceaudit.audit.common.matching_flow import Flow
else:
    matching_flow = deferred("faceaudit.audit.common.matching_flow")

Templates = tuple[FloatArray, ...]
"""(N, E) templates of length 1 of the same N, one array a network."""


@dataclass(frozen=True, eq=False)
class MatchingSystem:
    """Networks that decide together whether a photo shows an enrolled person.

    Attributes:
        embedded: the faces as every network of the plan has them.
        source: knows how a picture is brought from one network's size to another's.
        numbers: the networks that decide, of those of the plan.
        mitigation: how photos are taken, and how many are enrolled.
        rows: photos of the people who fix thresholds.
        fmrs: false match rates.
        seed: of the draw of comparisons.
    """

    embedded: EmbeddedFaces
    source: Places
    numbers: tuple[int, ...]
    mitigation: MatchingMitigation
    rows: IntArray
    fmrs: tuple[float, ...]
    seed: int
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def title(self) -> str:
        """The networks that decide, as a figure spells them."""
        titles = network_titles(self.embedded)
        return " + ".join(titles[one] for one in self.numbers)

    def templates(self, rows: IntArray) -> Templates:
        """Return the templates of photos of the source, as this system makes them."""
        embedded, found = self.embedded, []
        for number in self.numbers:
            images, chosen = embedded.images(number), embedded.rows_in(number, rows)
            if self.mitigation.changes:
                images, chosen = self.mitigation.change(images[chosen]), np.arange(len(rows))
            made = embeddings(
                embedded.embedder(number),
                images,
                chosen,
                cache=embedded.work.embeddings,
                progress=embedded.work.progress,
                title=f"embed with {embedded.titles()[number]}",
            )
            found.append(normalized(made.take()))
        return tuple(found)

    def templates_of(self, images: ImageArray) -> Templates:
        """Return the templates of (N, H, W, 3) pictures at the first network's size of the plan."""
        embedded, found = self.embedded, []
        start = embedded.faces.size
        for number in self.numbers:
            size = embedded.loaded[number].faces.size
            shown = transfer_images(images, self.source, start, size)
            made = embedded.embedder(number).embed(self.mitigation.change(shown))
            found.append(normalized(made))
        return tuple(found)

    def enrol(self, photos: IntArray) -> Templates:
        """Return the (T, E) mean templates of (T, m) photos of T people."""
        found = self.templates(photos.reshape(-1))
        return tuple(mean_template(one.reshape(*photos.shape, -1)) for one in found)

    @cached_property
    def scale(self) -> tuple[tuple[float, float], ...]:
        """The mean and spread of strangers' cosines, of each network."""
        first, second = strangers_of(self._enrolled, most=MOST, seed=self.seed)
        found = []
        for one, mean in zip(self._probes, self._enrolled_from, strict=True):
            cosine = cosines(one[first], mean[second])
            found.append((float(cosine.mean()), float(cosine.std())))
        return tuple(found)

    @cached_property
    def matcher(self) -> Matcher:
        """Its thresholds, fixed on strangers at the false match rates."""

        def score(one: IntArray, two: IntArray) -> Float64Array:
            same = self._enrolled.person[one] == self._enrolled.person[two]
            # A person's own photo is never among those that it is compared with. Where one is
            # enrolled, the other of the pair is not it: each two photos are compared.
            same &= self.mitigation.enrolled > 1
            sides = zip(self._enrolled_after, self._enrolled_from, strict=True)
            against = [np.where(same[:, None], after[one], begin[two]) for after, begin in sides]
            return self.score(tuple(each[one] for each in self._probes), tuple(against))

        return fix_thresholds(self._enrolled, self.fmrs, most=MOST, seed=self.seed, score=score)

    def score(self, probes: Templates, enrolled: Templates) -> Float64Array:
        """Return (N,) scores of probes, each with an enrolled person; the least network decides."""
        each = [
            (cosines(one, two) - mean) / spread
            for one, two, (mean, spread) in zip(probes, enrolled, self.scale, strict=True)
        ]
        return np.asarray(np.min(each, axis=0))

    def score_all(self, probes: Templates, enrolled: Templates) -> Float64Array:
        """Return (N, T) scores of each probe with each enrolled person."""
        return np.asarray(np.min(self.each_of_all(probes, enrolled), axis=0))

    def each_of_all(self, probes: Templates, enrolled: Templates) -> Float64Array:
        """Return (M, N, T) the same of each of M networks."""
        each = [
            (one.astype(np.float64) @ two.astype(np.float64).T - mean) / spread
            for one, two, (mean, spread) in zip(probes, enrolled, self.scale, strict=True)
        ]
        return np.stack(each)

    def threshold(self, fmr: float) -> float:
        """Return the threshold of a false match rate.

        Raises:
            SplitError: too few people fix thresholds for it.
        """
        if fmr in self.matcher.missing:
            raise SplitError(
                f"expected enough people to fix the threshold of a false match rate of {fmr:g}: "
                f"{self.matcher.missing[fmr]}; try higher rates in fmrs, or more people"
            )
        return self.matcher.thresholds[fmr]

    def flow(self, enrolled: Templates, offsets: Sequence[float], *, least: bool) -> Flow:
        """Return its scores as a function that derivatives flow through.

        Args:
            enrolled: of the people whom pictures are compared with.
            offsets: of each network, what is taken off its score.
            least: whether the least network's score counts, as in `score`, or the mean.

        Raises:
            InputError: a network gives no gradients.
        """
        embedded = self.embedded
        start = embedded.faces.size
        parts = []
        for place, number in enumerate(self.numbers):
            mean, spread = self.scale[place]
            size = embedded.loaded[number].faces.size
            matrix = None if size == start else self.source.between(start, size)
            network = embedded.embedder(number).differentiable()
            scale = (mean + spread * offsets[place], spread)
            parts.append(matching_flow.Part(network, enrolled[place], scale, size, matrix))
        return matching_flow.Flow(tuple(parts), self.mitigation.flow, least=least)

    @cached_property
    def _rows(self) -> IntArray:
        """Photos of those who can be enrolled and shown, person by person."""
        person = self.embedded.faces.identity[self.rows]
        order = np.argsort(person, kind="stable")
        rows, person = self.rows[order], person[order]
        _, place, count = np.unique(person, return_inverse=True, return_counts=True)
        # Where the mean of several is enrolled, all strangers are enrolled by as many.
        least = 1 if self.mitigation.enrolled == 1 else self.mitigation.enrolled + 1
        return rows[count[place] >= least]

    @cached_property
    def _enrolled(self) -> Enrolled:
        rows = self._rows
        if not len(rows):
            raise SplitError(
                f"expected people with {self.mitigation.enrolled + 1} photos to fix thresholds on, "
                "got none; try fewer enrolled photos"
            )
        faces = self.embedded.faces
        ids = tuple(faces.ids[row] for row in rows.tolist())
        return Enrolled(np.zeros((len(rows), 1), np.float32), faces.identity[rows], ids)

    @cached_property
    def _probes(self) -> Templates:
        return self.templates(self._rows)

    @cached_property
    def _enrolled_from(self) -> Templates:
        """Each photo's person as enrolled by it and those that follow."""
        return self._following(0)

    @cached_property
    def _enrolled_after(self) -> Templates:
        """Each photo's person as enrolled by those that follow it, without it."""
        return self._following(1)

    def _following(self, first: int) -> Templates:
        _, start, place, count = np.unique(
            self._enrolled.person, return_index=True, return_inverse=True, return_counts=True
        )
        within = np.arange(len(place)) - start[place]
        steps = first + np.arange(self.mitigation.enrolled)
        photos = start[place][:, None] + (within[:, None] + steps) % count[place][:, None]
        return tuple(mean_template(one[photos]) for one in self._probes)


def network_titles(embedded: EmbeddedFaces) -> tuple[str, ...]:
    """Return what each network is called; one that is its file is told by that file."""
    titles = []
    for title, one in zip(embedded.titles(), embedded.planned, strict=True):
        path = getattr(one.network, "path", None) if one.network.is_file else None
        titles.append(f"{one.network.name}:{Path(path).stem}" if path else title)
    return tuple(titles)


def mean_template(templates: FloatArray) -> FloatArray:
    """Return the (T, E) means of (T, m, E) templates, of length 1."""
    return normalized(templates.mean(axis=1))


def each_person(faces_person: IntArray, rows: IntArray, most: int) -> IntArray:
    """Return the rows that are among the first `most` of their person's, in the given order.

    >>> each_person(np.array([0, 0, 1, 0]), np.array([3, 1, 2, 0]), 2).tolist()
    [3, 1, 2]
    """
    person = faces_person[rows]
    order = np.argsort(person, kind="stable")
    _, start, count = np.unique(person[order], return_index=True, return_counts=True)
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.arange(len(rows)) - np.repeat(start, count)
    return rows[place < most]


def judged_by(agreeing: int, count: int) -> Sequence[tuple[int, ...]]:
    """Return which networks decide together, of so many: the first with those that follow.

    >>> judged_by(1, 3), judged_by(2, 3), judged_by(3, 3)
    ([(0,), (1,), (2,)], [(0, 1), (0, 2)], [(0, 1, 2)])
    """
    if agreeing == 1:
        return [(one,) for one in range(count)]
    rest = range(1, count - agreeing + 2)
    return [(0, *range(one, one + agreeing - 1)) for one in rest]
