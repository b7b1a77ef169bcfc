"""The toy kind: one case a seed, which counts photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.audit.common.cost import Cost, section_cost, survey_source
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared, same_case
from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.audit.common.systems import Faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import CaseError
from faceaudit.faces.loaded import Loaded
from faceaudit.records.facts import Facts
from faceaudit.registry import Options, digest
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Figure

SIZE = (48, 48)
MEAN = "photos_a_person"


class PhotoCountsPlan(Options):
    """Faces to count."""

    faces: Faces = Field(description="where the faces come from")
    fail: bool = Field(default=False, description="fail, to see a failed case")


class PhotoCountsFacts(Facts):
    """How many photos there are."""

    photos: int


class PhotoCountsKind(AuditKind[PhotoCountsPlan]):
    """Counts of photos."""

    name: ClassVar[str] = "photo_counts"
    title: ClassVar[str] = "Photo counts"
    plan: ClassVar[type[PhotoCountsPlan]] = PhotoCountsPlan
    report: ClassVar[str] = "helpers.photo_counts.section"

    def prepare(
        self, plan: PhotoCountsPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job a seed."""
        loaded = _loaded(plan, work)
        jobs = [
            Job(
                self.name,
                digest(_spec(plan, loaded, seed)),
                f"photos, seed {seed}",
                plan.model_dump(mode="json"),
                seed,
                {},
                _spec(plan, loaded, seed),
            )
            for seed in seeds
        ]
        return Prepared(tuple(jobs), loaded.left_out, loaded.remarks)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Count the photos."""
        plan = PhotoCountsPlan(**job.section)
        loaded = _loaded(plan, work)
        same_case(job, digest(_spec(plan, loaded, job.seed)))
        if plan.fail:
            raise CaseError("expected a plan that does not fail, got one; set fail to false")
        counts = np.bincount(loaded.faces.identity)
        mean = Estimate(
            float(counts.mean()), float(counts.min()), float(counts.max()), len(counts), "range"
        )
        facts = PhotoCountsFacts(photos=int(counts.sum()))
        return CaseRecord(job.id, job.spec, facts.as_json(), (Figure(MEAN, mean),))

    def cost(self, plan: PhotoCountsPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return the cost: no training."""
        survey, missing = survey_source(plan.faces, look=look)
        return section_cost(
            survey,
            sizes={SIZE},
            cases=len(seeds),
            trainings=0,
            training_photos=0,
            petaflop=0.0,
            missing=missing,
        )

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield the row of the only figure."""
        seed = record.spec["seed"]
        yield from case_rows(record, Row(self.name, record.id, "none", "none", None, "none", seed))


def _loaded(plan: PhotoCountsPlan, work: Workspace) -> Loaded:
    return plan.faces.load(SIZE, cache=work.faces, progress=work.progress)


def _spec(plan: PhotoCountsPlan, loaded: Loaded, seed: int) -> dict[str, object]:
    return {
        "kind": "photo_counts",
        "fingerprint": loaded.faces.fingerprint,
        "fail": plan.fail,
        "seed": seed,
    }
