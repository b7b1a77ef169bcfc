"""The pairs of a membership audit: candidates for training, and queries about photos and people.

People are dealt to blocks and every pair lies within one, so any half of the blocks is a training
set that shares no pair, no photo and no person with the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from faceaudit.audit.membership.plan import PoolPlan, SubjectsPlan
from faceaudit.errors import SplitError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.read import build_pairs, photo_rows, read_pairs
from faceaudit.records.membership import Granularity
from faceaudit.types import BoolArray, FaceSet, IntArray, PairSet


@dataclass(frozen=True, eq=False)
class Subjects:
    """Photos or people that are asked about, each by several pairs.

    Attributes:
        ids: U ids of photos, or names of people.
        block: (U,) the block of each.
        rows: (Q,) the pairs to ask, rows of the pool.
        subject: (Q,) whom each is about, 0..U-1.
    """

    ids: tuple[str, ...]
    block: IntArray
    rows: IntArray
    subject: IntArray

    def restricted(self, rows: IntArray) -> Subjects:
        """Return those that are asked about with some pairs, rising rows of the pool."""
        kept = np.isin(self.rows, rows)
        found, subject = np.unique(self.subject[kept], return_inverse=True)
        ids = tuple(self.ids[one] for one in found.tolist())
        return Subjects(ids, self.block[found], self.rows[kept], subject.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Pool:
    """Pairs of photos by what they are for.

    Attributes:
        first, second: (P,) rows of the faces.
        same: (P,) whether both show one person.
        block: (P,) the block of people that a pair is from.
        candidates: how many of them, the first, verifiers may learn from.
        validation: rows of those that choose a mitigation's strength.
        subjects: photos and people to ask about.
        members: (candidates,) who is learned from, where lists say so; else None.
        left_out: what of the lists was left out.
    """

    first: IntArray
    second: IntArray
    same: BoolArray
    block: IntArray
    candidates: int
    validation: IntArray
    subjects: Mapping[Granularity, Subjects] = field(default_factory=dict)
    members: BoolArray | None = None
    left_out: tuple[LeftOut, ...] = ()

    def members_of(self, verifiers: int, seed: int) -> BoolArray:
        """Return (M, P) which pairs each verifier is trained on: a random half of the blocks.

        Each half is drawn without a look at the others: how many shadows learned from a block then
        says nothing of whether the target did.
        """
        if self.members is not None:
            return np.tile(self.members, (verifiers, 1))
        blocks = np.unique(self.block[: self.candidates])
        rng = np.random.default_rng([seed, 20])
        order = rng.permuted(np.tile(np.arange(len(blocks)), (verifiers, 1)), axis=1)
        known = np.zeros((verifiers, int(self.block.max()) + 1), dtype=np.bool_)
        known[:, blocks] = order < len(blocks) // 2
        return known[:, self.block]


def draw_pool(
    faces: FaceSet, plan: PoolPlan, subjects: SubjectsPlan, levels: Sequence[Granularity], seed: int
) -> Pool:
    """Return a pool of pairs drawn from faces; the same seed gives the same one.

    Raises:
        SplitError: there are too few people or photos for what was asked.
    """
    each = plan.pairs // plan.blocks
    extra = -(-plan.validation // each)
    folds = plan.blocks + extra
    if len(faces.names) < 2 * folds:
        raise SplitError(
            f"expected at least two people for each of {plan.blocks} blocks and {extra} of "
            f"validation, got {len(faces.names)} people; try fewer blocks, or more people"
        )
    built = build_pairs(faces, genuine_per_person=plan.per_person, folds=folds, seed=seed)
    rng = np.random.default_rng([seed, 21])
    chosen = _draw_evenly(built, folds, each // 2, rng)
    fold = built.fold[chosen]
    candidates = rng.permutation(chosen[fold < plan.blocks])
    spare = rng.permutation(chosen[fold >= plan.blocks])
    halves = [spare[built.same[spare] == same][: plan.validation // 2] for same in (True, False)]
    validation = np.concatenate(halves)
    picked = np.concatenate((candidates, validation))
    first, second = photo_rows(built, faces)
    pool = Pool(
        first=first[picked],
        second=second[picked],
        same=built.same[picked],
        block=built.fold[picked],
        candidates=len(candidates),
        validation=np.arange(len(candidates), len(picked)),
    )
    for level in levels:
        if level in ("photo", "identity"):
            pool = _with_subjects(pool, faces, level, subjects, rng)
    return pool


def joint_subjects(pool: Pool, faces: FaceSet, level: Granularity) -> Subjects:
    """Return blocks, people or photos with all candidate pairs that they are in.

    The pairs of one block are members together, and so are those of one person or photo: whoever
    knows the candidates can ask about all of them.
    """
    candidates = np.arange(pool.candidates)
    first, second = pool.first[candidates], pool.second[candidates]
    if level == "block":
        sides, names = [pool.block[candidates]], None
    elif level == "identity":
        sides, names = [faces.identity[first], faces.identity[second]], faces.names
    else:
        sides, names = [first, second], faces.ids
    rows, who = [candidates], [sides[0]]
    if len(sides) > 1:
        two = sides[0] != sides[1]
        rows, who = [candidates, candidates[two]], [sides[0], sides[1][two]]
    asked = np.concatenate(rows)
    found, at, subject = np.unique(np.concatenate(who), return_index=True, return_inverse=True)
    ids = tuple(f"block {one}" if names is None else names[one] for one in found.tolist())
    return Subjects(ids, pool.block[asked[at]], asked, subject.astype(np.int64))


def listed_pool(faces: FaceSet, plan: PoolPlan) -> Pool:
    """Return the pool that two lists make; pairs of one person's photos are a block.

    Nothing is checked here: people and photos in both lists are what the validity gate is for.

    Raises:
        PairsError: a list cannot be read, or none of its photos are there.
    """
    assert plan.members is not None
    assert plan.nonmembers is not None
    parts = [read_pairs(path, faces) for path in (plan.members, plan.nonmembers)]
    places = [photo_rows(part.pairs, faces) for part in parts]
    first = np.concatenate([place[0] for place in places])
    return Pool(
        first=first,
        second=np.concatenate([place[1] for place in places]),
        same=np.concatenate([part.pairs.same for part in parts]),
        block=faces.identity[first],
        candidates=len(first),
        validation=np.arange(0),
        members=np.repeat([True, False], [len(part.pairs) for part in parts]),
        left_out=tuple(item for part in parts for item in part.left_out),
    )


def _draw_evenly(built: PairSet, folds: int, each: int, rng: np.random.Generator) -> IntArray:
    """Return as many genuine as impostor pairs of each fold, drawn, in the folds' order."""
    found = []
    for number in range(folds):
        for same in (True, False):
            there = np.flatnonzero((built.fold == number) & (built.same == same))
            if len(there) < each:
                raise SplitError(
                    f"expected {each} pairs of one person in each of {folds} blocks, got "
                    f"{len(there)} in one; try fewer pairs, fewer blocks, or more per_person"
                )
            found.append(rng.permutation(there)[:each])
    return np.concatenate(found)


def _with_subjects(
    pool: Pool, faces: FaceSet, level: Granularity, plan: SubjectsPlan, rng: np.random.Generator
) -> Pool:
    """Return the pool with photos or people to ask about, and the pairs to ask with."""
    people = _People(pool, faces)
    if level == "identity":
        chosen = np.flatnonzero(people.several)
    else:
        photos = np.unique((pool.first[: pool.candidates], pool.second[: pool.candidates]))
        places = people.place_of[photos]
        chosen = places[people.several[people.person[places]]]
    if len(chosen) < 2:
        raise SplitError(f"expected people with two photos to ask about, got {len(chosen)}")
    chosen = np.sort(rng.permutation(chosen)[: plan.count])
    subject = np.repeat(np.arange(len(chosen)), plan.queries)
    who = chosen if level == "identity" else people.person[chosen]
    asked = np.repeat(who, plan.queries)
    pieces = []
    for same in (True, False):
        own = rng.integers(people.count[asked])
        if level == "photo":
            own = np.repeat(chosen, plan.queries) - people.start[asked]
        other = people.mate(asked, own, rng) if same else people.stranger(asked, rng)
        pair = people.order[people.start[asked] + own], people.order[other]
        pieces += [pair, pair[::-1]]  # a signed difference was learned in one of both orders
    start = len(pool.same)
    names = (
        tuple(faces.names[people.identity[place]] for place in chosen.tolist())
        if level == "identity"
        else tuple(faces.ids[people.order[place]] for place in chosen.tolist())
    )
    subjects = Subjects(
        names, people.block[who], np.arange(start, start + 4 * len(subject)), np.tile(subject, 4)
    )
    return Pool(
        first=np.concatenate((pool.first, *(piece[0] for piece in pieces))),
        second=np.concatenate((pool.second, *(piece[1] for piece in pieces))),
        same=np.concatenate((pool.same, np.repeat([True, False], 2 * len(subject)))),
        block=np.concatenate((pool.block, np.tile(people.block[asked], 4))),
        candidates=pool.candidates,
        validation=pool.validation,
        subjects={**pool.subjects, level: subjects},
    )


class _People:
    """The people of the candidates and all their photos, in order of block and person.

    Attributes:
        identity: (I,) index into the faces' names.
        block: (I,) of each person.
        start, count: (I,) each person's photos, as places in `order`.
        several: (I,) whether a person has two photos.
        order: rows of the faces.
        person: (places,) whose photo each place of `order` is, 0..I-1.
        place_of: (N,) the place of a row of the faces, or -1.
    """

    def __init__(self, pool: Pool, faces: FaceSet) -> None:
        used = slice(pool.candidates)
        who = np.concatenate((faces.identity[pool.first[used]], faces.identity[pool.second[used]]))
        self.identity, at = np.unique(who, return_index=True)
        block = np.tile(pool.block[used], 2)[at]
        order = np.lexsort((self.identity, block))
        self.identity, self.block = self.identity[order], block[order]
        number = np.full(len(faces.names), -1, dtype=np.int64)
        number[self.identity] = np.arange(len(self.identity))
        theirs = number[faces.identity]
        there = np.flatnonzero(theirs >= 0)
        self.order = there[np.argsort(theirs[there], kind="stable")]
        self.person = theirs[self.order]
        self.count = np.bincount(self.person, minlength=len(self.identity))
        self.start = np.cumsum(self.count) - self.count
        self.several = self.count > 1
        self.place_of = np.full(len(faces), -1, dtype=np.int64)
        self.place_of[self.order] = np.arange(len(self.order))
        first = np.searchsorted(self.block, self.block, side="left")
        after = np.searchsorted(self.block, self.block, side="right")
        ends = np.cumsum(self.count)
        self._block_start = self.start[first]
        self._block_photos = ends[after - 1] - self._block_start

    def mate(self, who: IntArray, own: IntArray, rng: np.random.Generator) -> IntArray:
        """Return another photo of the same people, as places."""
        step = 1 + rng.integers(self.count[who] - 1)
        return np.asarray(self.start[who] + (own + step) % self.count[who])

    def stranger(self, who: IntArray, rng: np.random.Generator) -> IntArray:
        """Return a photo of somebody else of the same block, as places."""
        drawn = self._block_start[who] + rng.integers(self._block_photos[who] - self.count[who])
        return np.asarray(drawn + np.where(drawn >= self.start[who], self.count[who], 0))
