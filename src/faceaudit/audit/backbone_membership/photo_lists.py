"""Lists of photos under the gate, and what an attack without any network finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.gate import Check, Gate, PairList, examine
from faceaudit.gate.blind import DRAWS, FEWEST
from faceaudit.gate.cross_fitting import BLOCKS, cross_fitted, design
from faceaudit.gate.verdict import why_short
from faceaudit.types import BoolArray, Estimate, Float64Array, ImageArray, IntArray

GRID = 4
"""Cells a side into which a photo is cut, each of one mean colour."""
BLIND = "blind baseline"
NOT_ASKED = (
    *("labels", "occurrences of people", "occurrences of photos"),
    *("equal sizes", "resolution", "adaptive attacker"),
)
"""Checks of pairs; of accuracies and of rates, where none of the first and no unresolved one of the
second is given; and of a mitigation."""


@dataclass(frozen=True, eq=False)
class PhotoList:
    """N photos of one list: their ids and people by name, and what can be seen without a network.

    Attributes:
        ids: of the photos.
        people: a name a photo.
        looks: (N, F) as `looks_of` gives them.
        what: where they are from.
    """

    ids: tuple[str, ...]
    people: tuple[str, ...]
    looks: Float64Array
    what: str

    def take(self, rows: IntArray | BoolArray) -> PhotoList:
        """Return the photos at `rows`."""
        chosen = np.arange(len(self.ids))[rows].tolist()
        ids, people = ([side[row] for row in chosen] for side in (self.ids, self.people))
        return PhotoList(tuple(ids), tuple(people), self.looks[chosen], self.what)


def looks_of(images: ImageArray, rows: IntArray) -> Float64Array:
    """Return (N, 3 G^2 + 3) of photos: the mean colours of G x G cells, and how they look.

    That is brightness and contrast, mean and deviation of the grey levels, and sharpness, the
    logarithm of the variance of the Laplacian. Nothing of it is learned.
    """
    out = np.empty((len(rows), 3 * GRID**2 + 3))
    for start in range(0, len(rows), 256):
        part = slice(start, start + 256)
        photos = images[rows[part]].astype(np.float64)
        cells = [
            cell.mean(axis=(1, 2))
            for band in np.array_split(photos, GRID, axis=1)
            for cell in np.array_split(band, GRID, axis=2)
        ]
        grey = photos.mean(axis=3)
        around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
        edges = np.log1p((around - 4 * grey[:, 1:-1, 1:-1]).var(axis=(1, 2)))
        look = [grey.mean(axis=(1, 2)), grey.std(axis=(1, 2)), edges]
        out[part] = np.column_stack([*cells, *look])
    return out


def blind_scores(
    looks: Float64Array, member: BoolArray, person: IntArray, rng: np.random.Generator
) -> Float64Array | None:
    """Return (N,) scores of photos without any network, by models fitted on other people.

    A linear model on binned columns, as the gate's blind baseline; out of fold, so that scores of
    lists that do not differ lie about chance, or a little below.

    Returns:
        None where there are too few photos or people to keep people apart.
    """
    people, place = np.unique(person, return_inverse=True)
    members = int(np.count_nonzero(member))
    if min(members, len(member) - members, len(people)) < FEWEST:
        return None
    binned, same = design(looks), np.ones(len(looks), dtype=np.bool_)
    drawn = []
    for _ in range(DRAWS):
        block = (rng.permutation(np.arange(len(people))) % BLOCKS)[place]
        drawn.append(cross_fitted(binned, same, member, np.column_stack([block, block])))
    scores: Float64Array = np.mean(drawn, axis=0)
    return scores if np.isfinite(scores).all() else None


def examine_photos(
    members: PhotoList,
    others: PhotoList,
    *,
    fprs: Sequence[float],
    rng: np.random.Generator,
    blind: Estimate | None = None,
) -> Gate:
    """Check whether a figure from two lists of photos may be believed.

    Args:
        members: photos of people who were learned from.
        others: photos of people who were not.
        fprs: false positive rates that will be reported.
        rng: of the blind baseline's draws.
        blind: the AUC of `blind_scores`, in the place of the gate's own baseline, which looks at
            names, too; None where there are too few photos or people for either.
    """
    gate = examine(
        _pairs(members),
        _pairs(others),
        features=(members.looks, others.looks),
        fitted_in_sample=False,
        fprs=fprs,
        rng=rng,
    )
    checks = [one for one in gate.checks if one.name not in NOT_ASKED]
    if blind is not None:
        checks = [_blind_check(blind) if one.name == BLIND else one for one in checks]
    checks.sort(key=lambda check: (False, None, True).index(check.passed))
    short = why_short(checks) if checks else ""
    inconclusive = gate.inconclusive if not checks else short
    return replace(gate, checks=tuple(checks), inconclusive=inconclusive)


def _blind_check(blind: Estimate) -> Check:
    message = (
        f"without any network, the pixels tell members from others with AUC {blind.value:.3f} "
        f"({blind.low:.3f} to {blind.high:.3f})"
    )
    figures = {"auc": blind.value, "low": blind.low, "high": blind.high}
    return Check(BLIND, blind.low <= 0.5, message, figures)


def _pairs(photos: PhotoList) -> PairList:
    """Return photos as the gate takes them: each paired with itself."""
    same = np.ones(len(photos.ids), dtype=np.bool_)
    ids, people = photos.ids, photos.people
    return PairList(ids, ids, people, people, same, photos.what)
