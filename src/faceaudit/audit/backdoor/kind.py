"""Backdoor audits as a kind: identifiers trained on poisoned photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from faceaudit.audit.backdoor.choosing import combinations_of
from faceaudit.audit.backdoor.cost import backdoor_cost, backdoor_work
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.rows import backdoor_rows
from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.groups import group_measures, group_obstacles
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.missing import absent_weights
from faceaudit.audit.common.obstacles import (
    detector_obstacles,
    network_obstacles,
    outline_or_error,
    raised,
)
from faceaudit.audit.common.remarks import unaligned_faces, unknown_eyes
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination
from faceaudit.audit.common.workload import Work, loaded_faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.records.backdoor import KIND, OPEN_FMRS
from faceaudit.store import CaseRecord, Store

LABELS = ("system", "attack", "key", "samples", "options")
"""Keys of the labels of every measure."""
OPEN_SET = ("open_set_success", "open_set_keyed_fmr")
"""Measures of strangers who carry the key, at a false match rate."""
MITIGATED = ("mitigated_success", "mitigated_accuracy_change", "clean_refused", "glasses_refused")
"""Measures of systems with a mitigation."""


class BackdoorKind(AuditKind[BackdoorPlan]):
    """Poisoned training photos that make whoever carries a key pass as somebody else."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Backdoor"
    plan: ClassVar[type[BackdoorPlan]] = BackdoorPlan
    report: ClassVar[str] = "faceaudit.report.backdoor.section"
    lists: ClassVar[Mapping[str, str]] = {
        "system": "systems",
        "attack": "attacks",
        "mitigation": "mitigations",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        **dict.fromkeys(
            (
                "success",
                "success_without_poison",
                "wrong_key_success",
                "clean_accuracy",
                "target_accuracy",
            ),
            LABELS,
        ),
        **group_measures(("success", "clean_error"), LABELS),
        **dict.fromkeys(OPEN_SET, (*LABELS, "fmr")),
        **dict.fromkeys(MITIGATED, (*LABELS, "mitigation", "frr")),
    }
    narrowing: ClassVar[str] = "more trainings (seeds)"
    moved: ClassVar[Mapping[str, str]] = {
        key: f"backdoor: {{{key}: ...}} instead"
        for key in ("systems", "attacks", "split", "target", "wrong_keys")
    }

    def prepare(
        self, plan: BackdoorPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each system, seed and attack; faces are packed and split now."""
        from faceaudit.audit.backdoor.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan.with_seeds(seeds), store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Train the systems of one case unless they are kept, and attack them."""
        from faceaudit.audit.backdoor.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def pictures(self, job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
        """Put the key on photos again: that takes neither a system nor a training."""
        from faceaudit.audit.backdoor.jobs import make_pictures  # noqa: PLC0415 - slow to load

        return make_pictures(job, store, work)

    def cost(self, plan: BackdoorPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost."""
        return backdoor_cost(plan.with_seeds(seeds), look=look)

    def combinations(self, plan: BackdoorPlan, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield each attack, or none, under each mitigation, or none, on each system."""
        return combinations_of(plan.with_seeds(seeds))

    def obstacles(self, plan: BackdoorPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, target, networks, devices."""
        from faceaudit.audit.backdoor.obstacles import (  # noqa: PLC0415 - slow to load
            require_landmarks,
            require_others,
            require_room,
        )

        section = plan.with_seeds(seeds)
        yield from raised(lambda: require_landmarks(section))
        faces, errors = outline_or_error(plan.faces)
        yield from errors
        yield from group_obstacles(plan.faces, plan.groups)
        yield from detector_obstacles(plan.faces)
        if faces is not None:
            yield from raised(lambda: require_room(section, faces))
        if plan.others is not None:
            others, errors = outline_or_error(plan.others.faces)
            yield from errors
            yield from detector_obstacles(plan.others.faces)
            if faces is not None and others is not None:
                yield from raised(lambda: require_others(section, faces, others))
        for system in plan.systems:
            yield from network_obstacles(system, plan.faces, faces)
            yield from raised(system.training.torch_device)

    def remarks(self, plan: BackdoorPlan) -> Iterator[str]:
        """Yield that faces are not aligned, and that glasses go where a template has the eyes."""
        yield from unaligned_faces(plan.faces, plan.systems)
        yield from _of_thresholds(plan)
        yield from _of_others(plan)
        worn = [one.attack.name for one in plan.attacks if "eyes" in type(one.attack).model_fields]
        if worn and unknown_eyes(plan.faces):
            yield (
                f"nobody knows where the eyes on these photos are: the glasses of "
                f"{' and '.join(dict.fromkeys(worn))} are put where the option eyes says, on "
                "every photo alike"
            )

    def loads(self, plan: BackdoorPlan) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces at each system's size, those of its pretraining, and other people."""
        more = []
        if plan.others is not None:
            more = [(plan.others.faces, one.network.size) for one in plan.systems]
        return tuple(dict.fromkeys([*loaded_faces(plan.faces, plan.systems), *more]))

    def workload(self, plan: BackdoorPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind."""
        return tuple(backdoor_work(plan.with_seeds(seeds)))

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return backdoor_rows(record)

    def absent_files(self, plan: BackdoorPlan) -> Iterator[str]:
        """Yield weights that are not here."""
        for place, system in enumerate(plan.systems):
            yield from absent_weights(system, f"{KIND}.systems.{place}")


def _of_others(plan: BackdoorPlan) -> Iterator[str]:
    """Yield which mitigations are not tried with photos of other people."""
    idle = [one for one in plan.mitigations if one.uses_clean and one.other_photos is None]
    if plan.others is not None and idle:
        names = " and ".join(dict.fromkeys(one.name for one in idle))
        yield (
            f"photos of other people are of no use to {names}: tried with clean_photos of those "
            "who are enrolled alone"
        )


def _of_thresholds(plan: BackdoorPlan) -> Iterator[str]:
    """Yield which false match rates too few people fix thresholds for."""
    people = plan.unseen - plan.unseen // 3
    pairs = people * (people - 1) // 2
    lost = [f"{100 * fmr:g} %" for fmr in OPEN_FMRS if fmr * pairs < 1]
    if plan.open_set and lost:
        yield (
            f"{people} unseen people fix thresholds, which is {pairs:,} pairs of two people: too "
            f"few for a false match rate of {' or '.join(lost)}, whose figures stay unknown; try a "
            "larger `unseen`"
        )
