"""Strangers compared by an embedder or a verifier, as they are and with keys on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.faces.seeded_order import seeded_order
from faceaudit.mitigations.scan import Key
from faceaudit.progress import Progress
from faceaudit.systems.under_test.base import (
    NO_ANSWER,
    Access,
    EmbedderUnderTest,
    VerifierUnderTest,
)
from faceaudit.types import BoolArray, FaceSet, FloatArray, IntArray

Comparing = EmbedderUnderTest | VerifierUnderTest
"""A system that compares photos."""

Scores = Callable[[IntArray, IntArray], FloatArray]
"""From (P,) rows of first and of second photos to (P,) scores."""

EACH = 100
"""Strangers that each key is put on, at most."""
PARTNERS = 8
"""Others that a photo with a key is compared with."""
BARE_PARTNERS = 20
"""Others that a bare photo is compared with, to fix the threshold."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of photos that were compared.

    Attributes:
        people: (P, 2) who is on the photos.
        passed: (P,) whether the system takes both for one person.
    """

    people: IntArray
    passed: BoolArray

    @property
    def share(self) -> float:
        """The share that passes; NaN where none was answered."""
        return float(self.passed.mean()) if len(self.passed) else float("nan")


@dataclass(frozen=True, eq=False)
class Worn:
    """What one key does.

    Attributes:
        key: its name.
        both: pairs of different people who both wear it.
        probe: pairs of different people of whom the first wears it.
        collapse: how much more alike those who wear it are than bare strangers: 0 as they, 1 all
            the same. None of a system that gives no embeddings, or none of those who wear it.
    """

    key: str
    both: Pairs
    probe: Pairs
    collapse: float | None


@dataclass(frozen=True, eq=False)
class Answers:
    """What a system says about strangers.

    Attributes:
        threshold: the lowest score that passes; None of a system that gives decisions alone.
        fixed: pairs of different people, bare, that it was fixed on.
        bare: pairs of different people, bare, of the other half.
        genuine: pairs of one person each, bare, of the other half.
        worn: by key, in the order of the bank.
    """

    threshold: float | None
    fixed: Pairs
    bare: Pairs
    genuine: Pairs
    worn: tuple[Worn, ...]


def split_strangers(faces: FaceSet, seed: int) -> tuple[FaceSet, FaceSet]:
    """Return two halves of strangers without a person in common."""
    present = np.unique(faces.identity)
    # Who has a second photo among the strangers was drawn by names and seed alone.
    order = np.argsort(seeded_order([f"half {faces.names[one]}" for one in present], seed))
    first = np.isin(faces.identity, present[order[: len(present) // 2]])
    return faces.take(first), faces.take(~first)


def one_each(faces: FaceSet, most: int) -> FaceSet:
    """Return the first photo of as many people."""
    _, rows = np.unique(faces.identity, return_index=True)
    return faces.take(np.sort(rows)[:most])


def impostors(person: IntArray, partners: int) -> tuple[IntArray, IntArray]:
    """Return rows of pairs of different people, each photo first in as many as there are partners.

    Photo i is compared with the next ones, beginning anew at the end: no photo weighs more than
    another.

    >>> [rows.tolist() for rows in impostors(np.array([0, 0, 1, 2]), 1)]
    [[1, 2, 3], [2, 3, 0]]
    """
    count = len(person)
    rows = np.arange(count)
    first = np.tile(rows, min(partners, count - 1))
    second = (first + np.repeat(np.arange(1, min(partners, count - 1) + 1), count)) % count
    other = person[first] != person[second]
    return first[other], second[other]


def genuine_pairs(person: IntArray) -> tuple[IntArray, IntArray]:
    """Return rows of pairs of one person: each photo but the last, and that person's next."""
    order = np.argsort(person, kind="stable")
    same = np.flatnonzero(np.diff(person[order]) == 0)
    return order[same], order[same + 1]


def ask(
    system: Comparing,
    strangers: FaceSet,
    keys: Sequence[Key],
    *,
    fmr: float,
    seed: int,
    progress: Progress,
) -> Answers:
    """Ask about strangers, bare and with each key on them.

    The threshold is that of a false match rate on one half of the people; whatever is shown with a
    key, and the people it is compared with, are of the other half.

    Args:
        system: who is asked.
        strangers: photos of its size of people who are in no training set of its own.
        keys: the bank.
        fmr: the false match rate.
        seed: splits the people.
        progress: told of every key.
    """
    half, other = split_strangers(strangers, seed)
    threshold, fixed = _fix(system, half, fmr)
    limit = 0.5 if threshold is None else threshold
    scores = comparer(system, other)
    rows = impostors(other.identity, BARE_PARTNERS)
    bare = _pairs(other, rows, scores, limit)
    genuine = _pairs(other, genuine_pairs(other.identity), scores, limit)
    shown = one_each(other, EACH)
    worn = []
    with progress.task("keys on strangers", len(keys)) as advance:
        for key in keys:
            worn.append(ask_with(key, system, shown, limit))
            advance(1)
    return Answers(threshold, fixed, bare, genuine, tuple(worn))


def comparer(system: Comparing, faces: FaceSet) -> Scores:
    """Return what gives (P,) scores of pairs of rows; an embedder is asked about each photo once.

    Scores are cosines, those of a verifier, or, where it gives decisions alone, 0 and 1. NaN stands
    for no answer.
    """
    if isinstance(system, EmbedderUnderTest):
        found = system.embed(faces)
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = found / np.linalg.norm(found, axis=1, keepdims=True)
        return lambda first, second: np.einsum("pe,pe->p", unit[first], unit[second])
    if Access.SCORES in system.access:
        return lambda first, second: system.scores(faces, first, second)

    def decided(first: IntArray, second: IntArray) -> FloatArray:
        said = system.decide(faces, first, second)
        return np.where(said == NO_ANSWER, np.float32(np.nan), said.astype(np.float32))

    return decided


def _fix(system: Comparing, half: FaceSet, fmr: float) -> tuple[float | None, Pairs]:
    """Return the lowest threshold that at most a share of pairs of different people pass."""
    rows = impostors(half.identity, BARE_PARTNERS)
    scores = comparer(system, half)
    if isinstance(system, VerifierUnderTest) and Access.SCORES not in system.access:
        return None, _pairs(half, rows, scores, 0.5)
    limit = lowest_passing(scores(*rows), fmr)
    return limit, _pairs(half, rows, scores, limit)


def lowest_passing(impostor_scores: FloatArray, fmr: float) -> float:
    """Return the lowest threshold that at most a share of (P,) scores reaches; NaN is left out.

    >>> scores = np.arange(10, dtype=np.float32)
    >>> [int((scores >= lowest_passing(scores, fmr)).sum()) for fmr in (0.0, 0.1, 0.25)]
    [0, 1, 2]
    """
    known = np.sort(impostor_scores[~np.isnan(impostor_scores)])
    allowed = int(np.floor(fmr * len(known)))
    highest = known[len(known) - 1 - allowed] if len(known) else np.float32(0)
    return float(np.nextafter(highest, np.float32(np.inf)))


def _pairs(faces: FaceSet, rows: tuple[IntArray, IntArray], scores: Scores, limit: float) -> Pairs:
    if not len(rows[0]):
        return Pairs(np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.bool_))
    found = scores(*rows)
    known = ~np.isnan(found)
    people = np.stack([faces.identity[row[known]] for row in rows], axis=1)
    return Pairs(people, found[known] >= np.float32(limit))


def ask_with(key: Key, system: Comparing, shown: FaceSet, limit: float) -> Worn:
    """Return what a key does on photos of different people.

    Args:
        key: what they wear.
        system: who is asked.
        shown: photos, one a person.
        limit: the lowest score that passes.
    """
    both, count = beside(shown, key.put_on(shown)), len(shown)
    scores = comparer(system, both)
    first, second = impostors(shown.identity, PARTNERS)
    collapse = None
    if isinstance(system, EmbedderUnderTest):
        collapse = _collapse(*(scores(first + start, second + start) for start in (0, count)))
    return Worn(
        key.name,
        _pairs(both, (first + count, second + count), scores, limit),
        _pairs(both, (first + count, second), scores, limit),
        collapse,
    )


def _collapse(bare: FloatArray, worn: FloatArray) -> float | None:
    """Return how far the mean cosine of pairs rises to 1, over those answered bare and worn."""
    known = ~(np.isnan(bare) | np.isnan(worn))
    if not known.any():
        return None
    before, after = (float(found[known].mean()) for found in (bare, worn))
    return (after - before) / max(1 - before, 1e-6)


def beside(bare: FaceSet, wearing: FaceSet) -> FaceSet:
    """Return photos, and behind them others, such as the same ones with a key."""
    landmarks = None
    if bare.landmarks is not None and wearing.landmarks is not None:
        landmarks = np.concatenate([bare.landmarks, wearing.landmarks])
    return replace(
        bare,
        images=np.concatenate([bare.images, wearing.images]),
        identity=np.concatenate([bare.identity, wearing.identity]),
        ids=(*bare.ids, *wearing.ids),
        group=np.concatenate([bare.group, wearing.group]),
        landmarks=landmarks,
        attributes={
            name: np.concatenate([column, wearing.attributes[name]])
            for name, column in bare.attributes.items()
        },
        fingerprint="",
    )
