"""What kinds of audit have in common whose section is faces and networks that embed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from faceaudit.audit.common.cost import (
    Cost,
    looks_for_faces,
    network_flop,
    pretraining_photos,
    section_cost,
    survey_source,
)
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.missing import absent_weights
from faceaudit.audit.common.obstacles import (
    detector_obstacles,
    network_obstacles,
    outline_or_error,
    raised,
)
from faceaudit.audit.common.remarks import unaligned_faces
from faceaudit.audit.common.selection import Combination, Section
from faceaudit.audit.common.systems import BackbonePlan, Faces
from faceaudit.audit.common.workload import Work, loaded_faces, loading, pretraining_work
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.types import FaceSet


class EmbedderSection(Section):
    """A section of a plan with faces, and trained networks that embed them."""

    faces: Faces
    embedders: tuple[BackbonePlan, ...]


S = TypeVar("S", bound=EmbedderSection)


class EmbedderKind(AuditKind[S]):
    """A kind whose section is an `EmbedderSection`: costs, obstacles and remarks follow from that.

    A kind overrides `check_faces` where its people must be dealt, `tried` where it has more than
    one case a seed, and `photos_embedded` where it embeds more than the faces themselves.
    """

    def tried(self, plan: S) -> Iterator[Combination]:
        """Yield the parts of each case of a seed, in the order of the plan."""
        del plan
        yield {}

    def combinations(self, plan: S, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield the parts of each case, those of a seed together."""
        tried = list(self.tried(plan))
        for seed in seeds:
            for one in tried:
                yield {**one, "seed": seed}

    def photos_embedded(self, plan: S, seeds: Sequence[int]) -> int:
        """Return how many pictures are embedded by the first network beside the photos."""
        del plan, seeds
        return 0

    def check_faces(self, plan: S, faces: FaceSet, seed: int) -> None:
        """Raise what the section would fail for, from faces without their pixels."""
        del plan, faces, seed

    def cost(self, plan: S, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost."""
        survey, missing = survey_source(plan.faces, look=look)
        shown, petaflop = 0, 0.0
        photos = survey.photos or 0
        more = self.photos_embedded(plan, seeds)
        for place, one in enumerate(plan.embedders if look else ()):
            forward, whole = network_flop(one.network, 2)
            petaflop += (photos + (0 if place else more)) * forward / 1e15
            learned, missing_here = pretraining_photos(one)
            shown += learned
            petaflop += learned * whole / 1e15 if learned else 0.0
            missing = missing or missing_here
        return section_cost(
            survey,
            sizes={one.network.size for one in plan.embedders} if look else set(),
            cases=len(seeds) * sum(1 for _ in self.tried(plan)),
            trainings=0,
            training_photos=shown,
            petaflop=petaflop,
            missing=missing,
            embeddings=photos * len(plan.embedders) + more,
            detects=looks_for_faces(plan.faces),
        )

    def obstacles(self, plan: S, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, people, networks."""
        faces, errors = outline_or_error(plan.faces)
        yield from errors
        yield from detector_obstacles(plan.faces)
        if faces is not None:
            for seed in seeds:
                found = list(raised(partial(self.check_faces, plan, faces, seed)))
                yield from found
                if found:
                    break
        for one in plan.embedders:
            yield from network_obstacles(one, plan.faces, faces)

    def remarks(self, plan: S) -> Iterator[str]:
        """Yield that faces are not aligned."""
        yield from unaligned_faces(plan.faces, plan.embedders)

    def loads(self, plan: S) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces at each network's size, and those of its pretraining."""
        return loaded_faces(plan.faces, plan.embedders)

    def workload(self, plan: S, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind: what is embedded, and pretrained."""
        return tuple(self._work(plan, seeds))

    def _work(self, plan: S, seeds: Sequence[int]) -> Iterator[Work]:
        photos = survey_of(plan.faces).photos or 0
        yield from loading(plan.faces, [one.network.size for one in plan.embedders])
        for one in plan.embedders:
            yield from pretraining_work(one)
            yield Work("embed", photos, network=one.network)
        more = self.photos_embedded(plan, seeds)
        if more:
            yield Work("embed", more, network=plan.embedders[0].network)

    def absent_files(self, plan: S) -> Iterator[str]:
        """Yield weights that are not here."""
        for place, one in enumerate(plan.embedders):
            yield from absent_weights(one, f"{self.name}.embedders.{place}")
