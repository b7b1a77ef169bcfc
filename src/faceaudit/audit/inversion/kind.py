"""Inversion audits as a kind: faces rebuilt from templates, or from what an identifier knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from faceaudit.audit.common.cost import Cost, total_cost
from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.missing import absent_weights
from faceaudit.audit.common.obstacles import (
    detector_obstacles,
    network_obstacles,
    outline_or_error,
    raised,
)
from faceaudit.audit.common.parties import deal_parties
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workload import Work, loaded_faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.combining import cases_of, combinations
from faceaudit.audit.inversion.cost import (
    JUDGED,
    attacked_people,
    identifier_cost,
    identifier_work,
    pictures_shown,
    pictures_taught,
)
from faceaudit.audit.inversion.identifier_obstacles import identifier_obstacles
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.audit.inversion.rows import inversion_rows
from faceaudit.audit.inversion.template_obstacles import refuse_rates, template_obstacles
from faceaudit.errors import FaceAuditError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.sources.base import Source
from faceaudit.records.inversion import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.training.device import choose_device
from faceaudit.types import FaceSet

if TYPE_CHECKING:
    from faceaudit.audit.inversion.cases import TemplateCase

LABELS = ("attack", "access", "network", "seed")
"""Keys of the labels of every measure."""


class InversionKind(EmbedderKind[InversionPlan]):
    """Faces that are rebuilt from stolen templates, and from what an identifier knows."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Inversion"
    plan: ClassVar[type[InversionPlan]] = InversionPlan
    report: ClassVar[str] = "faceaudit.report.inversion.section"
    lists: ClassVar[Mapping[str, str]] = {"attack": "attacks", "protection": "protections"}
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "success": ("type", "fmr", "protection", "key", *LABELS),
        "transfer": ("fmr", "protection", "key", *LABELS),
        "named": ("rank", "protection", "key", *LABELS),
        "identifier_success": ("fmr", "judge", *LABELS),
        "identifier_named": ("rank", *LABELS),
    }
    narrowing: ClassVar[str] = "more attacked people"

    def prepare(
        self, plan: InversionPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each seed, protection and attack; faces are packed and dealt now."""
        from faceaudit.audit.inversion.identifier_case import identifier_cases  # noqa: PLC0415

        section = plan.model_dump(mode="json")
        jobs: list[Job] = []
        loaded: list[Loaded] = []
        for seed in seeds:
            for number, case in enumerate(_template_cases(plan, seed, store, work)):
                loaded += case.scenario.embedded.loaded
                part: dict[str, str | int] = {"part": "template", "place": number}
                jobs.append(Job(KIND, case.id, case.title, section, seed, part, case.spec))
            for number, one in enumerate(identifier_cases(plan, seed, store, work)):
                part = {"part": "identifier", "place": number}
                jobs.append(Job(KIND, one.id, one.title, section, seed, part, one.spec))
        return Prepared(
            jobs=tuple(jobs),
            left_out=tuple(dict.fromkeys(item for faces in loaded for item in faces.left_out)),
            remarks=tuple(dict.fromkeys(item for faces in loaded for item in faces.remarks)),
            device=str(choose_device()),
        )

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Rebuild faces by one attack, and show them to every network."""
        from faceaudit.audit.inversion.identifier_case import run_identifier_case  # noqa: PLC0415
        from faceaudit.audit.inversion.running import run_template_case  # noqa: PLC0415

        plan, place = InversionPlan(**job.section), int(job.part["place"])
        if job.part["part"] == "identifier":
            record = run_identifier_case(plan, place, job.seed, store, work)
            same_case(job, record.id)
            return record
        case = _template_cases(plan, job.seed, store, work)[place]
        same_case(job, case.id)
        return run_template_case(case)

    def pictures(self, job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
        """Return the pictures that a job's case keeps; the faces are rebuilt again for it."""
        from faceaudit.audit.inversion.identifier_case import identifier_pictures  # noqa: PLC0415
        from faceaudit.audit.inversion.running import make_pictures  # noqa: PLC0415

        plan, place = InversionPlan(**job.section), int(job.part["place"])
        if job.part["part"] == "identifier":
            return identifier_pictures(plan, place, job.seed, store, work)
        return make_pictures(_template_cases(plan, job.seed, store, work)[place])

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return inversion_rows(record)

    def tried(self, plan: InversionPlan) -> Iterator[Combination]:
        """Yield each attack on each protection of templates."""
        for attack, protection, key, origin in combinations(plan):
            yield {
                "attack": part_of(attack),
                "protection": part_of(protection),
                "key": key,
                "origin": origin,
            }

    def combinations(self, plan: InversionPlan, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield the parts of each case: on templates, then on the identifier."""
        tried = [*self.tried(plan)]
        if plan.identifier is not None:
            system = part_of(plan.identifier.system)
            tried += [
                {"attack": part_of(attack), "system": system} for attack in plan.identifier.attacks
            ]
        for seed in seeds:
            for one in tried:
                yield {**one, "seed": seed}

    def photos_embedded(self, plan: InversionPlan, seeds: Sequence[int]) -> int:
        """Return how many pictures the attacked network is shown by attacks, and by the audit."""
        judged = JUDGED * len(plan.embedders)
        people = attacked_people(plan)
        attacks = cases_of(plan)
        shown = sum((pictures_shown(attack) + judged) * people for attack in attacks)
        shown += pictures_taught(attacks)
        return shown * plan.trials * len(seeds)

    def cost(self, plan: InversionPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost, with the identifier that it trains."""
        cost = super().cost(plan, seeds, look=look)
        if plan.identifier is None:
            return cost
        return total_cost((cost, identifier_cost(plan, seeds, look=look)))

    def workload(self, plan: InversionPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind."""
        work = super().workload(plan, seeds)
        return (*work, *(() if plan.identifier is None else identifier_work(plan, seeds)))

    def loads(self, plan: InversionPlan) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces at each network's size, and whom the identifier knows."""
        found = super().loads(plan)
        if plan.identifier is None:
            return found
        part, judge = plan.identifier, plan.embedders[0].network.size
        more = [*loaded_faces(part.faces, [part.system]), (part.faces, judge)]
        return tuple(dict.fromkeys((*found, *more, (plan.faces, part.system.network.size))))

    def check_faces(self, plan: InversionPlan, faces: FaceSet, seed: int) -> None:
        """Raise what the section would fail for, from faces without their pixels."""
        parties = deal_parties(faces, plan.parties, seed)
        refuse_rates(plan.attacks, plan.fmrs, faces, parties, seed, where=f"{KIND}.fmrs")

    def obstacles(self, plan: InversionPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, people, networks, gradients."""
        yield from super().obstacles(plan, seeds)
        yield from template_obstacles(plan)
        if plan.identifier is not None:
            part = plan.identifier
            faces, errors = outline_or_error(part.faces)
            yield from errors
            yield from detector_obstacles(part.faces)
            if faces is not None:
                for seed in seeds:
                    yield from raised(partial(part.split.split, faces, seed))
            yield from network_obstacles(part.system, part.faces, faces)
            yield from identifier_obstacles(plan)

    def absent_files(self, plan: InversionPlan) -> Iterator[str]:
        """Yield weights that are not here."""
        yield from super().absent_files(plan)
        if plan.identifier is not None:
            yield from absent_weights(plan.identifier.system, f"{KIND}.identifier.system")


def _template_cases(
    plan: InversionPlan, seed: int, store: Store, work: Workspace
) -> list[TemplateCase]:
    """Return the cases of a section and seed that are about templates.

    What they have in common is built once in this process.
    """
    from faceaudit.audit.inversion.cases import template_cases  # noqa: PLC0415 - slow to load
    from faceaudit.audit.inversion.scenario import build_scenario  # noqa: PLC0415

    if not plan.attacks:
        return []
    key = [plan.model_dump(mode="json"), seed, store.url]
    scenario = work.memo.get(
        "inversion scenario", key, lambda: build_scenario(plan, seed, store, work)
    )
    return list(template_cases(plan, scenario))
