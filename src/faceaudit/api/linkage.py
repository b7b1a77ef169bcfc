"""Whether templates of two databases can be told to be of one person, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import check_count, shown
from faceaudit.attacks.linkage import Database, LinkageAttack, OwnPhotos, linkage_attacks
from faceaudit.errors import InputError
from faceaudit.metrics import Gallery, closed_set, normalized, search
from faceaudit.metrics.binned_scores import BINS, Leak
from faceaudit.metrics.comparison_share import People
from faceaudit.metrics.maximal_leakage import maximal_leakage
from faceaudit.metrics.unlinkability import d_sys
from faceaudit.protocols.matching import cosines
from faceaudit.types import Estimate, Float64Array, FloatArray, IntArray


@dataclass(frozen=True)
class Unlinkability:
    """How much scores tell of whether two templates are of one person; 0 is nothing, 1 is all.

    Attributes:
        d_sys: D_sys of Gomez-Barrero et al. 2018, with its interval and its floor.
        maximal_leakage: in bits, with the same.
    """

    d_sys: Leak
    maximal_leakage: Leak

    @property
    def linkable(self) -> bool:
        """Whether D_sys lies above 97.5 % of what labels dealt at random give."""
        return self.d_sys.shown


def unlinkability(
    mated: npt.ArrayLike,
    non_mated: npt.ArrayLike,
    *,
    people: People | None = None,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
    seed: int = 0,
) -> Unlinkability:
    """Measure how well scores between two databases tell one person's templates from two people's.

    Both figures compare histograms of the scores, and are above 0 by chance alone: each comes with
    that floor. Take scores of templates that are protected with different keys, one of each
    database; with keys that differ in nothing they say how well faces are recognised.

    Args:
        mated: (N,) scores of two templates of one person.
        non_mated: (M,) scores of templates of two people; ten times as many are usual.
        people: numbers of the two people of each comparison, (N, 2) and (M, 2), over whom intervals
            are; None takes comparisons as independent.
        bins: of the histograms; the floor grows with them.
        limits: lowest and highest score that bins reach to; none means those that there are.
        seed: of the draws for intervals and floors.

    Returns:
        D_sys and maximal leakage, each with its interval and its floor.

    Raises:
        InputError: no scores, some that are not finite or outside of `limits`, or people that do
            not fit.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> held = unlinkability(rng.normal(0, 1, 500), rng.normal(0, 1, 5000))
    >>> held.linkable, held.d_sys.estimate.low
    (False, 0.0)
    >>> broken = unlinkability(rng.normal(3, 1, 500), rng.normal(0, 1, 5000))
    >>> broken.linkable, round(broken.d_sys.estimate.value, 2)
    (True, 0.85)
    """
    return Unlinkability(
        *(
            measure(mated, non_mated, bins=bins, limits=limits, people=people, seed=seed)
            for measure in (d_sys, maximal_leakage)
        )
    )


@dataclass(frozen=True, eq=False)
class LinkedTemplates:
    """How alike stolen templates are to those of a second database, and how often that names them.

    Attributes:
        scores: (N, G) cosines of each stolen template, brought to the second database's network,
            with each of the database.
        first_right: the share of stolen templates of people who are in the database whose nearest
            one is of their person (rank 1); None where it was not said who they are, or the
            database holds one person alone.
        chance: what guessing gives, one divided by the people in the database; None likewise.
    """

    scores: Float64Array
    first_right: Estimate | None = None
    chance: float | None = None

    def nearest(self, most: int = 5) -> IntArray:
        """Return (N, at most `most`) rows of the database, the most alike first.

        >>> LinkedTemplates(np.array([[0.2, 0.9, 0.4]])).nearest(2).tolist()
        [[1, 2]]
        """
        count = check_count(most, "most")
        order = np.argsort(-self.scores, axis=1, kind="stable")
        return np.asarray(order[:, :count], dtype=np.int64)


def link_templates(
    stolen: npt.ArrayLike,
    database: npt.ArrayLike,
    *,
    people: Sequence[npt.ArrayLike] | None = None,
    own: Sequence[npt.ArrayLike] | None = None,
    attack: LinkageAttack | Mapping[str, Any] | str = "linear_adapter",
) -> LinkedTemplates:
    """Look for whose stolen templates are in a second database, such as one of another network.

    It takes templates that are stored as they are. A plan with a section `linkage` tries
    protections and keys, too, and fixes thresholds; `unlinkability` says how much scores tell.

    Args:
        stolen: (N, E) templates of the first database.
        database: (G, F) templates of the second one.
        people: whole numbers, who each stolen template is of, (N,), and who each of the database
            is, (G,); None where that is not known.
        own: what both networks make of the attacker's own photos, (M, E) and (M, F), and who is on
            them, (M,) whole numbers; for attacks that learn from such. Nobody of them should be in
            a database.
        attack: of `components("linkage_attack")`; one that needs no keys.

    Returns:
        `LinkedTemplates`: all scores, and how often the nearest is right where `people` is given.

    Raises:
        UnknownName: there is no such attack.
        InputError: columns that do not fit, an attack that needs keys, or one that learns and was
            given nothing to learn from.

    >>> rng = np.random.default_rng(0)
    >>> faces = rng.normal(size=(90, 8))
    >>> first, second = faces @ rng.normal(size=(8, 12)), faces @ rng.normal(size=(8, 10))
    >>> who = np.arange(90)
    >>> found = link_templates(
    ...     first[:30],
    ...     second[:30],
    ...     people=(who[:30], who[:30]),
    ...     own=(first[30:], second[30:], who[30:]),
    ... )
    >>> found.nearest(3).shape, found.first_right.value > 0.9, found.first_right.n
    ((30, 3), True, 30)
    """
    chosen = linkage_attacks.build(attack)
    if chosen.knows_keys:
        raise InputError(
            f"expected an attack without keys, got {chosen.name!r}; try linear_adapter, or a plan "
            "with a section linkage"
        )
    first, second = _templates(stolen, "stolen"), _templates(database, "database")
    learned = None
    if chosen.learns:
        if not isinstance(own, Sequence) or len(own) != 3:
            raise InputError(
                f"expected own=(first, second, people) for {chosen.name!r}, which learns, got "
                f"{shown(own)}"
            )
        parts = _templates(own[0], "own"), _templates(own[1], "own")
        learned = OwnPhotos(*parts, _numbers(own[2], len(parts[0])))
        widths = first.shape[1], second.shape[1]
        if (parts[0].shape[1], parts[1].shape[1]) != widths or len(parts[0]) != len(parts[1]):
            raise InputError(
                f"expected own templates (M, {widths[0]}) and (M, {widths[1]}), got "
                f"{parts[0].shape} and {parts[1].shape}"
            )
    elif first.shape[1] != second.shape[1]:
        raise InputError(
            f"expected templates of one length for {chosen.name!r}, got {first.shape[1]} and "
            f"{second.shape[1]}; try linear_adapter"
        )
    known = None
    if people is not None:
        if not isinstance(people, Sequence | np.ndarray) or len(people) != 2:
            raise InputError(f"expected people=(stolen, database), got {shown(people)}")
        known = _numbers(people[0], len(first)), _numbers(people[1], len(second))
    brought = chosen.bring(Database(first, cosines), Database(second, cosines), learned)
    scores = np.empty((len(first), len(second)))
    for row in range(len(first)):
        asked = np.broadcast_to(brought.first[row], brought.second.shape)
        scores[row] = brought.compare(asked, brought.second)
    if known is None:
        return LinkedTemplates(scores)
    return LinkedTemplates(scores, *_first_right(scores, *known))


def _first_right(
    scores: Float64Array, who: IntArray, there: IntArray
) -> tuple[Estimate | None, float | None]:
    gallery = Gallery.of(there)
    found = search(scores, who, gallery)
    if not len(found.mated) or len(gallery.people) < 2:
        return None, None
    (rate,) = closed_set(found, people=who, ranks=(1,))
    return rate.rate, 1 / len(gallery.people)


def _templates(given: npt.ArrayLike, what: str) -> FloatArray:
    """Return templates (N, E) of length 1."""
    found = np.asarray(given)
    if found.ndim != 2 or 0 in found.shape or found.dtype.kind not in "fiu":
        raise InputError(f"expected {what} templates (N, E), got {shown(found)}")
    if not np.isfinite(found).all():
        raise InputError(f"expected {what} templates of finite numbers, got others among them")
    return normalized(found.astype(np.float32))


def _numbers(given: npt.ArrayLike, count: int) -> IntArray:
    found = np.asarray(given)
    if found.shape != (count,) or found.dtype.kind not in "iu":
        raise InputError(f"expected people ({count},) as whole numbers, got {shown(found)}")
    return found.astype(np.int64)
