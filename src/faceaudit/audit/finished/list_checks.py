"""The validity gate on lists of members and non-members of a finished system."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from faceaudit.audit.finished.lists import PairRecords
from faceaudit.gate import Gate, PairList, examine
from faceaudit.gate.verdict import why_short
from faceaudit.types import FaceSet, Float64Array, IntArray

LOOKS = ("brightness", "contrast", "sharpness")
TITLES = tuple(f"{look} ({which})" for look in LOOKS for which in ("smaller", "larger"))
NOT_ASKED = ("adaptive attacker", "resolution")
"""Checks of a mitigation, where there is none, and of rates, which are not given unresolved."""
OF_PEOPLE = ("shared people", "occurrences of people", "labels")
"""Checks for people apart, which photos of the same people on both sides cannot pass."""


def check_lists(
    faces: FaceSet, pairs: PairRecords, *, same_people: bool, fprs: tuple[float, ...], seed: int
) -> Gate:
    """Examine lists of pairs; the blind baseline also sees what the photos look like.

    Args:
        faces: all photos.
        pairs: members and non-members; single photos are paired with themselves.
        same_people: whether both lists are to show the same people, photos trained on and photos
            held out: checks for people apart are then left out.
        fprs: false positive rates that will be reported.
        seed: of the blind baseline's draws.
    """
    sides = [np.flatnonzero(pairs.member), np.flatnonzero(~pairs.member)]
    lists = [_named(faces, pairs, rows) for rows in sides]
    features = [_pair_looks(faces, pairs, rows) for rows in sides]
    gate = examine(
        lists[0],
        lists[1],
        features=(features[0], features[1]),
        feature_names=TITLES,
        fitted_in_sample=False,
        fprs=fprs,
        rng=np.random.default_rng([seed, 40]),
    )
    without = (*NOT_ASKED, *(OF_PEOPLE if same_people else ()))
    checks = [one for one in gate.checks if one.name not in without]
    return replace(gate, checks=tuple(checks), inconclusive=gate.inconclusive or why_short(checks))


def looks_of(faces: FaceSet, rows: IntArray) -> Float64Array:
    """Return (N, 3) brightness, contrast and sharpness of photos, as the system is shown them.

    Mean and deviation of the grey levels, and the variance of the Laplacian.
    """
    out = np.empty((len(rows), len(LOOKS)))
    for start in range(0, len(rows), 256):
        part = slice(start, start + 256)
        grey = faces.images[rows[part]].mean(axis=3, dtype=np.float64)
        around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
        edges = around - 4 * grey[:, 1:-1, 1:-1]
        out[part] = np.column_stack([of(axis=(1, 2)) for of in (grey.mean, grey.std, edges.var)])
    return out


def _named(faces: FaceSet, pairs: PairRecords, rows: IntArray) -> PairList:
    at = [side[rows].tolist() for side in (pairs.first, pairs.second)]
    ids = [tuple(faces.ids[row] for row in side) for side in at]
    who = [tuple(faces.names[faces.identity[row]] for row in side) for side in at]
    same = faces.identity[pairs.first[rows]] == faces.identity[pairs.second[rows]]
    return PairList(ids[0], ids[1], who[0], who[1], same, "the plan's lists")


def _pair_looks(faces: FaceSet, pairs: PairRecords, rows: IntArray) -> Float64Array:
    photos, place = np.unique(
        np.concatenate([pairs.first[rows], pairs.second[rows]]), return_inverse=True
    )
    looks = looks_of(faces, photos)
    first, second = looks[place[: len(rows)]], looks[place[len(rows) :]]
    both = np.stack([np.minimum(first, second), np.maximum(first, second)], axis=2)
    out: Float64Array = both.reshape(len(rows), -1)
    return out
