"""Shared state of a membership audit: embedded pairs and each verifier's training set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.audit.common.backbone import Backbone, backbone_of
from faceaudit.audit.common.groups import groupings_of
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.membership.plan import MembershipPlan, PoolPlan
from faceaudit.audit.membership.pool import (
    Pool,
    Subjects,
    draw_pool,
    joint_subjects,
    listed_pool,
)
from faceaudit.errors import OptionError, SourceError
from faceaudit.faces.groups import Grouping
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.pairs.wanted import named, names_in
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.files.paths import expand
from faceaudit.metrics import DISTANCES
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.records.membership import KIND, Granularity
from faceaudit.registry import digest
from faceaudit.store import Store
from faceaudit.store.store import SCHEMA
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.verifiers.pairs import EmbeddedPairs, common_space
from faceaudit.training.device import choose_device
from faceaudit.types import BoolArray, FaceSet, FloatArray, IntArray

FEWEST_BLOCKS = 8
"""Blocks asked for labels at least: with fewer all may be on one side."""


@dataclass(frozen=True, eq=False)
class MembershipScenario:
    """Pairs, backbones and halves: everything but a mitigation.

    Attributes:
        plan: the section of the plan.
        seed: sets what is drawn: blocks, pairs, halves, weights.
        loaded: the faces at each backbone's size, and what was left out.
        backbones: what embeds them.
        pool: the pairs, as rows of the first backbone's faces.
        work: local folders, and who is told of progress.
    """

    plan: MembershipPlan
    seed: int
    loaded: tuple[Loaded, ...]
    backbones: tuple[Backbone, ...]
    pool: Pool
    work: Workspace

    @property
    def faces(self) -> FaceSet:
        """The faces at the first backbone's size."""
        return self.loaded[0].faces

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """The groups of people and of photos that figures are given by."""
        return groupings_of(self.faces, self.plan.faces, self.plan.groups)

    @cached_property
    def member(self) -> BoolArray:
        """Membership mask (M, P): the pairs each verifier is trained on, or would be."""
        return self.pool.members_of(self.plan.verifiers, self.seed)

    @cached_property
    def rows(self) -> IntArray:
        """(M, n) the pairs that each verifier learns from, in their order."""
        some = self.member[:, : self.pool.candidates]
        return np.stack([np.flatnonzero(row) for row in some])

    @cached_property
    def pair_ids(self) -> tuple[str, ...]:
        """The ids of both photos of each candidate."""
        some = slice(self.pool.candidates)
        ids, sides = self.faces.ids, (self.pool.first[some], self.pool.second[some])
        return tuple(f"{ids[one]} {ids[two]}" for one, two in zip(*sides, strict=True))

    @cached_property
    def cosine(self) -> FloatArray:
        """(candidates, K) cosines of candidates by each backbone: the photos are known to all."""
        pairs, rows = self.pairs, np.arange(self.pool.candidates)
        columns = []
        for number in range(len(pairs.backbones)):
            first, second = pairs.sides(one_backbone(pairs, number), rows)
            columns.append(1 - DISTANCES["cosine"].pairs(first[:, 0], second[:, 0]))
        return np.stack(columns, axis=1).astype(np.float32)

    def joint(self, level: Granularity) -> Subjects:
        """Return blocks, people or photos with all candidate pairs that they are in."""
        return self._joint[level]

    @cached_property
    def _joint(self) -> Mapping[Granularity, Subjects]:
        return {
            level: joint_subjects(self.pool, self.faces, level)
            for level in self.plan.levels
            if level != "pair"
        }

    @cached_property
    def asked_for_labels(self) -> IntArray:
        """Candidates in whole blocks, drawn, for attacks that ask much: whole blocks add up."""
        pool = self.pool
        block = pool.block[: pool.candidates]
        most = min(self.plan.label_records, pool.candidates)
        rng = np.random.default_rng([self.seed, 22])
        if pool.members is not None:
            sides = [np.flatnonzero(pool.members == side) for side in (True, False)]
            each = min(most // 2, *(len(side) for side in sides))
            return np.sort(np.concatenate([rng.permutation(side)[:each] for side in sides]))
        blocks = rng.permutation(np.unique(block))
        size = pool.candidates // len(blocks)
        return np.flatnonzero(np.isin(block, blocks[: max(FEWEST_BLOCKS, most // size)]))

    @property
    def seeds(self) -> tuple[int, ...]:
        """M seeds, one a verifier."""
        return tuple(self.seed * 10_000 + model for model in range(self.plan.verifiers))

    @cached_property
    def pairs(self) -> EmbeddedPairs:
        """All pairs as the backbones see them; photos are embedded now, each once."""
        used, place = np.unique(
            np.concatenate((self.pool.first, self.pool.second)), return_inverse=True
        )
        embedded = []
        for planned, backbone, loaded in zip(
            self.plan.backbones, self.backbones, self.loaded, strict=True
        ):
            embedder = backbone.embedder(choose_device())
            found = embeddings(
                embedder,
                loaded.faces.images,
                self._rows_in(loaded.faces, used),
                cache=self.work.embeddings,
                progress=self.work.progress,
                title=f"embed with {planned.network.name}",
            )
            embedded.append(found.take())
        return EmbeddedPairs(
            common_space(embedded, seed=self.seed),
            place[: len(self.pool.first)],
            place[len(self.pool.first) :],
            self.pool.same,
            tuple(planned.network.name for planned in self.plan.backbones),
        )

    def _rows_in(self, faces: FaceSet, used: IntArray) -> IntArray:
        """Return the rows of photos in another backbone's faces."""
        if faces.ids == self.faces.ids:
            return used
        row = {id_: at for at, id_ in enumerate(faces.ids)}
        missing = [self.faces.ids[one] for one in used.tolist() if self.faces.ids[one] not in row]
        if missing:
            raise SourceError(
                f"expected every photo at every backbone's size, got {len(missing)} that "
                f"{faces.size} lacks, such as {missing[0]!r}; try backbones of one size, or leave "
                "those photos out"
            )
        return np.array([row[self.faces.ids[one]] for one in used.tolist()], dtype=np.int64)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What determines the trained verifiers, the mitigation aside, as plain values."""
        plan = self.plan
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "fingerprints": [one.faces.fingerprint for one in self.loaded],
            "backbones": [backbone.id for backbone in self.backbones],
            "pool": _pool_values(plan.pool),
            "subjects": plan.subjects.model_dump(mode="json"),
            "levels": list(plan.levels),
            "predictor": plan.predictor.identity(),
            "verifiers": plan.verifiers,
            "seed": self.seed,
        }

    def system_spec(self, trained_as: Mapping[str, Any]) -> dict[str, Any]:
        """Return what determines the verifiers of a mitigation."""
        return {**self.values, "mitigation": dict(trained_as)}

    def system_id(self, trained_as: Mapping[str, Any]) -> str:
        """Return the id under which those verifiers are kept."""
        return digest(self.system_spec(trained_as))


def build_scenario(
    plan: MembershipPlan, seed: int, store: Store, work: Workspace
) -> MembershipScenario:
    """Load the faces, find the backbones and draw the pairs of a section.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people for the pool.
        OptionError: a backbone was pretrained on people of the audit.
    """
    by_size: dict[tuple[int, int], Loaded] = {}
    for planned in plan.backbones:
        size = planned.network.size
        if size not in by_size:
            by_size[size] = _load(plan, size, work)
    loaded = tuple(by_size[planned.network.size] for planned in plan.backbones)
    faces = loaded[0].faces
    pool = (
        draw_pool(faces, plan.pool, plan.subjects, plan.levels, seed)
        if plan.pool.members is None
        else listed_pool(faces, plan.pool)
    )
    if plan.pool.members is not None and plan.levels != ("pair",):
        raise OptionError(
            f"expected only the level 'pair' for lists of pairs, got {list(plan.levels)}; photos "
            "and people in both lists are neither members nor non-members"
        )
    found = [
        backbone_of(planned, faces, plan.faces, store, work=work) for planned in plan.backbones
    ]
    backbones = tuple(one for one in found if one is not None)
    return MembershipScenario(plan, seed, loaded, backbones, pool, work)


def _load(plan: MembershipPlan, size: tuple[int, int], work: Workspace) -> Loaded:
    """Return the faces at a size; where pairs are listed, of their photos alone."""
    source, lists = plan.faces, (plan.pool.members, plan.pool.nonmembers)
    if not isinstance(source, PhotoSource) or None in lists:
        return load_faces(source, size, work)
    names = [name for file in lists if file is not None for name in names_in(file)]

    def load_some() -> Loaded:
        return source.load_chosen(size, named(names), cache=work.faces, progress=work.progress)

    return load_faces(source, size, work, load_some)


def _pool_values(plan: PoolPlan) -> dict[str, Any]:
    """Return a pool plan as plain values: lists by what is in them, not by where they lie."""
    values = plan.model_dump(mode="json")
    for name in ("members", "nonmembers"):
        if values[name] is not None:
            values[name] = hashlib.sha256(expand(values[name]).read_bytes()).hexdigest()
    return values
