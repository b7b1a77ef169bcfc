"""Searching a gallery with probes, without sorting a row of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.types import Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class Gallery:
    """The identities of M templates, grouped for searches.

    Attributes:
        people: (I,) the identities, rising.
        order: (M,) the templates, those of one identity together.
        start: (I,) where in `order` each identity starts.
    """

    people: IntArray
    order: IntArray
    start: IntArray

    @classmethod
    def of(cls, identity: npt.ArrayLike) -> Gallery:
        """Group templates by their identities, (M,) integers.

        Raises:
            InputError: there is none.
        """
        people = np.asarray(identity)
        if people.ndim != 1 or not len(people) or people.dtype.kind not in "iu":
            raise InputError(
                f"expected identities (M,) as integers, got {people.shape} {people.dtype}"
            )
        found, start = np.unique(np.sort(people), return_index=True)
        return cls(found.astype(np.int64), np.argsort(people, kind="stable"), start)

    def locate(self, identity: IntArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Return the index in `people` of each identity, and whether it is there at all."""
        index = np.minimum(np.searchsorted(self.people, identity), len(self.people) - 1)
        return index, self.people[index] == identity

    def best(self, scores: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
        """Return (B, I) the best score of each identity from (B, M) scores of all templates."""
        if len(self.people) == len(self.order):
            return scores if _rising(self.order) else scores[:, self.order]
        grouped = scores if _rising(self.order) else scores[:, self.order]
        best: npt.NDArray[np.floating[Any]] = np.maximum.reduceat(grouped, self.start, axis=1)
        return best


@dataclass(frozen=True, eq=False)
class SearchResults:
    """The results of searching a gallery, one row a probe, nothing averaged yet.

    Attributes:
        mated: (P,) rows of the probes that show somebody of the gallery.
        score: (P,) the best score of their own identity.
        ahead: (P,) numbers of other identities that score higher than that.
        tied: (P,) numbers of other identities that score the same.
        nonmated: (Q,) rows of the other probes.
        top: (Q,) the highest score of any identity for these.
        people: how many identities the gallery has.
    """

    mated: IntArray
    score: Float64Array
    ahead: IntArray
    tied: IntArray
    nonmated: IntArray
    top: Float64Array
    people: int


def search(
    scores: npt.NDArray[np.floating[Any]],
    probe_identity: IntArray,
    gallery: Gallery,
    *,
    first: int = 0,
) -> SearchResults:
    """Search a gallery with B probes, without sorting a row.

    Args:
        scores: (B, M) of each probe with each template, higher is more alike. Minus infinity says
            that a comparison was not made: a probe whose own identity is only that is non-mated.
        probe_identity: (B,) who is on each probe.
        gallery: who is on each template.
        first: the number of the first probe, for blocks of a longer search; see `join`.

    Raises:
        InputError: scores that are no number or infinite, or columns that do not fit.

    >>> found = search(np.array([[0.9, 0.3, 0.8]]), np.array([2]), Gallery.of([1, 1, 2]))
    >>> found.ahead.tolist(), found.tied.tolist()
    ([1], [0])
    """
    if scores.shape != (len(probe_identity), len(gallery.order)):
        raise InputError(
            f"expected scores ({len(probe_identity)}, {len(gallery.order)}), got {scores.shape}"
        )
    best = gallery.best(scores)
    top = best.max(axis=1)
    wrong = int(np.count_nonzero(~(top < np.inf)))
    if wrong:
        raise InputError(f"expected finite scores, got {wrong} probes with others")
    rows = np.arange(len(best))
    column, known = gallery.locate(probe_identity)
    own = best[rows, column]
    known &= own > -np.inf
    limit = own[:, None]
    ahead = np.count_nonzero(best > limit, axis=1)
    tied = np.count_nonzero(best == limit, axis=1) - 1
    return SearchResults(
        rows[known] + first,
        own[known].astype(np.float64),
        ahead[known],
        tied[known],
        rows[~known] + first,
        top[~known].astype(np.float64),
        len(gallery.people),
    )


def concatenate(parts: Sequence[SearchResults]) -> SearchResults:
    """Return the searches of several blocks of probes as one."""
    if not parts or len({part.people for part in parts}) > 1:
        raise InputError(f"expected searches of one gallery, got {len(parts)}")
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(SearchResults)
        if field.name != "people"
    }
    return SearchResults(**columns, people=parts[0].people)


def _rising(order: IntArray) -> bool:
    return bool(np.all(order[1:] > order[:-1]))
