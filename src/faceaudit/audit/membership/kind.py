"""Membership audits as a kind: verifiers that may give away whom they were trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.groups import group_measures, group_obstacles
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared, same_case
from faceaudit.audit.common.missing import absent_list, absent_weights
from faceaudit.audit.common.obstacles import (
    detector_obstacles,
    network_obstacles,
    outline_or_error,
    raised,
)
from faceaudit.audit.common.remarks import unaligned_faces
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workload import Work, loaded_faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.membership.cost import membership_cost, membership_work
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.audit.membership.rows import membership_rows
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.records.membership import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.training.device import choose_device

if TYPE_CHECKING:
    from faceaudit.audit.membership.scenario import MembershipScenario

LABELS = ("mitigation", "system", "protocol", "seed")
"""Keys of the labels of every measure."""


class MembershipKind(AuditKind[MembershipPlan]):
    """Verifiers that give away which pairs, photos and people they were trained on."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Membership"
    plan: ClassVar[type[MembershipPlan]] = MembershipPlan
    report: ClassVar[str] = "faceaudit.report.membership.section"
    lists: ClassVar[Mapping[str, str]] = {"mitigation": "mitigations"}
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "accuracy": LABELS,
        "auc": ("level", *LABELS),
        "tpr": ("fpr", "level", *LABELS),
        **group_measures(("fmr", "fnmr", "auc"), LABELS),
    }
    narrowing: ClassVar[str] = "more people and targets"
    moved: ClassVar[Mapping[str, str]] = {
        "privacy": "membership: {...} instead, with targets for its seeds, subjects for its units, "
        "pool.nonmembers for pool.others, and the plan's seeds for its seed"
    }
    renamed: ClassVar[Mapping[str, str]] = {
        "seeds": "targets, how many verifiers are attacked in turn",
        "units": "subjects",
        "seed": "seeds at the top of the plan",
    }

    def prepare(
        self, plan: MembershipPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each seed and mitigation; faces are packed and pairs drawn now."""
        from faceaudit.audit.membership.cases import membership_cases  # noqa: PLC0415 - slow to load

        section = plan.model_dump(mode="json")
        jobs = []
        scenarios = [_scenario(plan, seed, store, work) for seed in seeds]
        for scenario in scenarios:
            _ = scenario.groupings  # groups that nobody has are told of before anything is trained
            jobs += [
                Job(KIND, case.id, case.title, section, scenario.seed, case.part, case.spec)
                for case in membership_cases(scenario)
            ]
        loaded = [faces for scenario in scenarios for faces in scenario.loaded]
        return Prepared(
            jobs=tuple(jobs),
            left_out=(
                *(item for faces in loaded for item in faces.left_out),
                *(item for scenario in scenarios for item in scenario.pool.left_out),
            ),
            remarks=tuple(item for faces in loaded for item in faces.remarks),
            device=str(choose_device()),
        )

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Train the verifiers of one mitigation unless they are kept, and attack them."""
        from faceaudit.audit.membership.cases import MembershipCase  # noqa: PLC0415 - slow to load

        plan = MembershipPlan(**job.section)
        scenario = _scenario(plan, job.seed, store, work)
        number = int(job.part["mitigation"])
        case = MembershipCase(scenario, plan.mitigations[number], number)
        same_case(job, case.id)
        return case.record(store)

    def combinations(self, plan: MembershipPlan, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield each mitigation under each seed."""
        for seed in seeds:
            for one in plan.mitigations:
                yield {"mitigation": part_of(one), "seed": seed}

    def cost(self, plan: MembershipPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost."""
        return membership_cost(plan, seeds, look=look)

    def obstacles(self, plan: MembershipPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, pairs, backbones."""
        from faceaudit.audit.membership.obstacles import require_pool  # noqa: PLC0415 - slow to load

        faces, errors = outline_or_error(plan.faces)
        yield from errors
        yield from group_obstacles(plan.faces, plan.groups)
        yield from detector_obstacles(plan.faces)
        if faces is not None and not list(absent_list(plan.pool.members, "")):
            for seed in seeds:
                yield from raised(partial(require_pool, plan, faces, seed))
        for backbone in plan.backbones:
            yield from network_obstacles(backbone, plan.faces, faces)

    def remarks(self, plan: MembershipPlan) -> Iterator[str]:
        """Yield that faces are not aligned."""
        yield from unaligned_faces(plan.faces, plan.backbones)

    def loads(self, plan: MembershipPlan) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces at each backbone's size, and those of its pretraining."""
        return loaded_faces(plan.faces, plan.backbones)

    def workload(self, plan: MembershipPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind."""
        return tuple(membership_work(plan, seeds))

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return membership_rows(record)

    def absent_files(self, plan: MembershipPlan) -> Iterator[str]:
        """Yield weights and lists of pairs that are not here."""
        for place, backbone in enumerate(plan.backbones):
            yield from absent_weights(backbone, f"{KIND}.backbones.{place}")
        yield from absent_list(plan.pool.members, f"{KIND}.pool.members")
        yield from absent_list(plan.pool.nonmembers, f"{KIND}.pool.nonmembers")


def _scenario(plan: MembershipPlan, seed: int, store: Store, work: Workspace) -> MembershipScenario:
    """Return the scenario of a section and seed, built once in this process."""
    from faceaudit.audit.membership.scenario import build_scenario  # noqa: PLC0415 - slow to load

    key = [plan.model_dump(mode="json"), seed, store.url]
    return work.memo.get(
        "membership scenario", key, lambda: build_scenario(plan, seed, store, work)
    )
