"""People whom no system of a backdoor audit is trained on: verification by its features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from faceaudit.errors import SplitError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.faces.split import PARTS, Split
from faceaudit.protocols.unseen import ScoredPairs, cosines, unseen_pairs, verify_unseen
from faceaudit.records.backdoor import of_unseen
from faceaudit.systems.identifiers.base import System
from faceaudit.types import FaceSet, Figure

LEAST_PHOTOS = 2
"""Photos of somebody who was left out and is verified."""
KEPT = "kept out of the split, to verify people whom no system saw"


def keep_unseen(split: Split, count: int, seed: int) -> Split:
    """Return a split without `count` of its people, drawn by names and the seed.

    Raises:
        SplitError: fewer than two people would be enrolled.
    """
    if len(split.names) - count < 2:
        raise SplitError(
            f"expected at least two people to enrol beside {count} unseen ones, got "
            f"{len(split.names)} in all; try a smaller `unseen`"
        )
    order = np.argsort(seeded_order(split.names, seed), kind="stable")
    gone = set(order[:count].tolist())
    stays = [label for label in range(len(split.names)) if label not in gone]
    new = np.full(len(split.names) + 1, -1, dtype=np.int64)  # the last one stands for -1
    new[stays] = np.arange(len(stays))
    label = new[split.label]
    parts = {part: getattr(split, part) for part in PARTS}
    return replace(
        split,
        names=tuple(split.names[old] for old in stays),
        label=label,
        left_out=(
            *split.left_out,
            *(LeftOut(split.names[old], KEPT) for old in sorted(gone)),
        ),
        **{part: rows[label[rows] >= 0] for part, rows in parts.items()},
    )


def keep_left_out(split: Split, faces: FaceSet, count: int, seed: int) -> Split:
    """Return a split of which `count` people whom it leaves out are kept, drawn by names and seed.

    They have two photos at least, and too few to be enrolled.

    Raises:
        SplitError: there are not so many.
    """
    count_of = np.bincount(faces.identity, minlength=len(faces.names)).tolist()
    photos = dict(zip(faces.names, count_of, strict=True))
    people = [out.id for out in split.left_out if photos.get(out.id, 0) >= LEAST_PHOTOS]
    if len(people) < count:
        raise SplitError(
            f"expected {count} people with {LEAST_PHOTOS} photos at least whom the split leaves "
            f"out, got {len(people)}; try a larger split.minimum, a smaller `unseen`, or "
            "unseen_from: enrolled"
        )
    order = np.argsort(seeded_order(people, seed), kind="stable")
    kept = {people[place] for place in order[:count].tolist()}
    return replace(
        split,
        left_out=tuple(LeftOut(out.id, KEPT) if out.id in kept else out for out in split.left_out),
    )


def unseen_figures(system: System, faces: FaceSet, split: Split, seed: int) -> tuple[Figure, ...]:
    """Return verification figures of a system's features, on people who were kept out of the split.

    Five genuine pairs a person, as many impostor pairs, and their cosines; see
    `faceaudit.protocols.unseen`. None where nobody was kept out.
    """
    kept = {out.id for out in split.left_out if out.reason == KEPT}
    if not kept:
        return ()
    people = [number for number, name in enumerate(faces.names) if name in kept]
    some = faces.take(np.flatnonzero(np.isin(faces.identity, people)))
    pairs = unseen_pairs(some, seed=seed)
    first, second = photo_rows(pairs, some)
    scores = cosines(system.embed(some.images), first, second)
    both = np.column_stack([some.identity[first], some.identity[second]])
    figures = verify_unseen(ScoredPairs(scores, pairs.same, pairs.fold, both))
    return tuple(replace(figure, metric=of_unseen(figure.metric)) for figure in figures)
