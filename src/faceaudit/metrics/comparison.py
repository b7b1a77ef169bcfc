"""Comparisons of all probes with all templates of a gallery, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.histogram import ScoreHistogram, curve_of
from faceaudit.metrics.roc import Roc
from faceaudit.metrics.searches import Gallery, SearchResults, concatenate, search
from faceaudit.types import FloatArray, IntArray

# Scores of one block, in bytes; its copies and bins take about five times as much.
BLOCK_BYTES = 1 << 24

Consume = Callable[[FloatArray, int], None]


def compare(
    probes: FloatArray, gallery: FloatArray, consume: Consume, *, block: int | None = None
) -> None:
    """Hand the scores (dot products) of all probes with all templates over, block by block.

    Scores are cosine similarities when the embeddings have length 1; see `distances.unit`.

    Args:
        probes: (N, E) float32.
        gallery: (M, E) float32.
        consume: called with scores (B, M) float32, which it may overwrite but not keep, and the
            number of the block's first probe.
        block: probes a block; by default as many as give 16 MiB of scores.

    Raises:
        InputError: no probe or template, or embeddings that do not fit.

    >>> found = []
    >>> embeddings = np.eye(3, dtype=np.float32)
    >>> compare(embeddings, embeddings, lambda scores, first: found.append(scores.sum()), block=2)
    >>> [float(one) for one in found]
    [2.0, 1.0]
    """
    for name, rows in (("probes", probes), ("gallery", gallery)):
        if rows.ndim != 2 or rows.dtype != np.float32 or not rows.size:
            raise InputError(f"expected {name} (N, E) float32, got {rows.shape} {rows.dtype}")
    if probes.shape[1] != gallery.shape[1]:
        raise InputError(f"expected probes (N, {gallery.shape[1]}), got {probes.shape}")
    if block is None:
        block = max(1, BLOCK_BYTES // (4 * len(gallery)))
    if block < 1:
        raise InputError(f"expected at least one probe a block, got {block}")
    scores = np.empty((min(block, len(probes)), len(gallery)), dtype=np.float32)
    for first in range(0, len(probes), block):
        some = probes[first : first + block]
        # Embeddings that are no numbers are refused by name below, not by a warning here.
        with np.errstate(invalid="ignore", over="ignore"):
            consume(np.matmul(some, gallery.T, out=scores[: len(some)]), first)


@dataclass(frozen=True, eq=False)
class Compared:
    """The results of comparing probes with a gallery.

    Attributes:
        genuine: scores of two photos of one person.
        impostor: scores of two people.
        searches: what each probe's search of the gallery gave; None when not asked for.
    """

    genuine: ScoreHistogram
    impostor: ScoreHistogram
    searches: SearchResults | None

    def curve(self) -> Roc:
        """Return the ROC curve of all comparisons."""
        return curve_of(self.genuine, self.impostor)


def compare_people(
    probes: FloatArray,
    gallery: FloatArray,
    probe_identity: IntArray,
    gallery_identity: IntArray,
    *,
    itself: bool = False,
    searched: bool = True,
    bits: int = 20,
    block: int | None = None,
) -> Compared:
    """Compare all probes with a gallery and count genuine and impostor scores, in one pass.

    Args:
        probes: (N, E) float32, of length 1 for cosine similarities.
        gallery: (M, E) float32, likewise.
        probe_identity: (N,) who is on each probe.
        gallery_identity: (M,) who is on each template.
        itself: probes and gallery are the same photos. Each pair is then counted once, no photo is
            compared with itself, and a search leaves the probe's own template out.
        searched: also search the gallery with each probe, for identification rates.
        bits: of the histograms; see `ScoreHistogram`.
        block: probes a block; see `compare`.

    Raises:
        InputError: columns that do not fit, or scores that are not finite.

    >>> photos = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    >>> found = compare_people(photos, photos, *[np.array([0, 0, 1])] * 2, itself=True)
    >>> found.genuine.total, found.impostor.total, found.searches.ahead.tolist()
    (1, 2, [0, 0])
    """
    for name, identity, rows in (
        ("probe", probe_identity, probes),
        ("gallery", gallery_identity, gallery),
    ):
        if identity.shape != rows.shape[:1]:
            raise InputError(f"expected {name} identities {rows.shape[:1]}, got {identity.shape}")
    if itself and (
        probes.shape != gallery.shape or not np.array_equal(probe_identity, gallery_identity)
    ):
        raise InputError("expected the same photos as probes and gallery with itself=True")
    counter = _Counter(probe_identity, Gallery.of(gallery_identity), itself, searched, bits)
    compare(probes, gallery, counter.take, block=block)
    searches = concatenate(counter.searches) if searched else None
    return Compared(counter.genuine, counter.every.minus(counter.genuine), searches)


class _Counter:
    """Counts what `compare` hands over: all scores, and among them the genuine ones."""

    def __init__(
        self,
        identity: IntArray,
        gallery: Gallery,
        itself: bool,  # noqa: FBT001
        searched: bool,  # noqa: FBT001
        bits: int,
    ) -> None:
        self.identity, self.gallery = identity, gallery
        self.itself, self.searched = itself, searched
        self.every, self.genuine = ScoreHistogram(bits=bits), ScoreHistogram(bits=bits)
        self.searches: list[SearchResults] = []
        self.end = np.append(gallery.start[1:], len(gallery.order))

    def take(self, scores: FloatArray, first: int) -> None:
        rows, columns = self._locate_genuine(len(scores), first)
        self.genuine.add(scores[rows, columns])
        if self.itself:
            self._count_once(scores, first)
        else:
            self.every.add(scores)
        if self.searched:
            identity = self.identity[first : first + len(scores)]
            self.searches.append(search(scores, identity, self.gallery, first=first))

    def _locate_genuine(self, count: int, first: int) -> tuple[IntArray, IntArray]:
        """Return rows and columns of the genuine comparisons in a block."""
        index, known = self.gallery.locate(self.identity[first : first + count])
        rows = np.flatnonzero(known)
        start, end = self.gallery.start[index[rows]], self.end[index[rows]]
        each = end - start
        within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
        rows = np.repeat(rows, each)
        columns = self.gallery.order[np.repeat(start, each) + within]
        if self.itself:
            later = columns > rows + first
            rows, columns = rows[later], columns[later]
        return rows, columns

    def _count_once(self, scores: FloatArray, first: int) -> None:
        """Count each pair of photos once, and take a photo's score with itself away."""
        last = first + len(scores)
        self.every.add(scores[:, last:])
        square = scores[:, first:last]
        self.every.add(square[np.triu_indices(len(square), 1)])
        np.fill_diagonal(square, -np.inf)
