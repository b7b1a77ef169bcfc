"""Master faces searched for, and shown to every system."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from faceaudit.attacks.master_face import Known
from faceaudit.audit.common.matching import MatchingSystem
from faceaudit.audit.common.matching_scenario import Surrogate
from faceaudit.audit.master_face.cases import MasterFaceCase
from faceaudit.registry import digest
from faceaudit.types import BoolArray, Float64Array, ImageArray, IntArray

SETS = 500
"""Sets of random photos that chance rests on."""


@dataclass(frozen=True, eq=False)
class Search:
    """What a case's search finds, and how the faces do.

    Attributes:
        case: the search.
    """

    case: MasterFaceCase

    @property
    def count(self) -> int:
        """How many faces are made."""
        return max(self.case.plan.counts)

    @cached_property
    def known(self) -> IntArray:
        """Rows of the photos that the search uses, (P, m): one enrolled person each."""
        surrogate = self._surrogate
        photos = surrogate.system.mitigation.enrolled
        return self.case.scenario.known(photos, self.case.plan.known)

    @cached_property
    def attacked(self) -> IntArray:
        """Rows of the photos that attacked people are enrolled with, (T, m)."""
        return self.case.scenario.attacked(self.case.tried.mitigation.enrolled)

    @cached_property
    def faces(self) -> ImageArray:
        """The (K, H, W, 3) faces that the search found; made once for all mitigations.

        An attacker who knows of no mitigation makes the same faces whichever there is.
        """
        scenario, tried = self.case.scenario, self.case.tried
        made = tried.identity() | ({} if tried.aware else {"mitigation": None})
        plan = self.case.plan
        key = [scenario.spec(), made, plan.known, plan.aimed, self.count]
        memo = scenario.embedded.work.memo
        return memo.get("master faces", key, lambda: self._find(digest(key)))

    def _find(self, key: str) -> ImageArray:
        scenario, tried, surrogate = self.case.scenario, self.case.tried, self._surrogate
        rows, faces = self.known[:, 0], scenario.embedded.faces
        enrolled = surrogate.system.enrol(self.known)
        photos = replace(
            faces,
            images=np.ascontiguousarray(faces.images[rows]),
            identity=faces.identity[rows],
            ids=tuple(faces.ids[row] for row in rows.tolist()),
            group=faces.group[rows],
            landmarks=None if faces.landmarks is None else faces.landmarks[rows],
            attributes={},
            fingerprint="",
        )
        gradients = tried.attack.access == "gradients"
        known = Known(
            photos,
            scores=lambda images: surrogate.scores(images, enrolled),
            flow=surrogate.flow(enrolled) if gradients else None,
            progress=scenario.embedded.work.progress,
        )
        rng = np.random.default_rng([scenario.seed, int(key[:8], 16)])
        return tried.attack.find(known, self.count, rng)

    @cached_property
    def _surrogate(self) -> Surrogate:
        return self.case.scenario.surrogate(self.case.tried, self.case.plan.aimed)

    @cached_property
    def judges(self) -> tuple[MatchingSystem, ...]:
        """The systems that faces are shown to."""
        return self.case.scenario.judges(self.case.tried.mitigation)

    def on_attacked(self, system: MatchingSystem) -> Float64Array:
        """Return the (K, T) scores of the faces with people whom the search did not know."""
        return system.score_all(system.templates_of(self.faces), system.enrol(self.attacked))

    def on_known(self, system: MatchingSystem) -> Float64Array:
        """Return the (K, P) scores of the faces with people whom it used, as enrolled there."""
        rows = self.case.scenario.known(system.mitigation.enrolled, self.case.plan.known)
        return system.score_all(system.templates_of(self.faces), system.enrol(rows))

    def by_chance(self, system: MatchingSystem) -> Float64Array:
        """Return the (P, T) scores of the known people's photos with the attacked people."""
        rows = self.case.scenario.known(1, self.case.plan.known)[:, 0]
        return system.score_all(system.templates(rows), system.enrol(self.attacked))

    def draws(self, photos: int) -> IntArray:
        """Return (SETS, K) rows of random photos, none twice in a set; as many as there are."""
        rng = np.random.default_rng([self.case.scenario.seed, 1])
        order = rng.random((SETS, photos)).argsort(axis=1)
        return np.asarray(order[:, : min(self.count, photos)])

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the first photos that attacked people are enrolled with."""
        ids = self.case.scenario.embedded.faces.ids
        return tuple(ids[row] for row in self.attacked[:, 0].tolist())


def first_covering(passes: BoolArray) -> IntArray:
    """Return for each of T people how many faces, tried in order, it takes: 1 and up; 0 for never.

    >>> first_covering(np.array([[True, False, False], [True, True, False]])).tolist()
    [1, 2, 0]
    """
    hit = passes.any(axis=0)
    return np.asarray(np.where(hit, passes.argmax(axis=0) + 1, 0), dtype=np.int64)
