"""Audits of whom a backbone learned from as a kind: one case for each recipe and seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from faceaudit.audit.backbone_membership.plan import BackboneMembershipPlan
from faceaudit.audit.backbone_membership.scenario import Scenario, divide_photos
from faceaudit.audit.common.cost import (
    Cost,
    looks_for_faces,
    network_flop,
    photos_per_epoch,
    section_cost,
    survey_source,
)
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared, same_case
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.obstacles import detector_obstacles, outline_or_error, raised
from faceaudit.audit.common.remarks import unaligned_faces
from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.audit.common.workload import Work, loading
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.gate.blind import FEWEST
from faceaudit.metrics import LEAST
from faceaudit.metrics.scores import allowed
from faceaudit.records.backbone_membership import KIND, Asked
from faceaudit.store import CaseRecord, Store

LABELS = ("attack", "access", "level", "photos", "shadows", "against", "recipe", "seed")


class BackboneMembershipKind(AuditKind[BackboneMembershipPlan]):
    """Whom a backbone learned from: members told from others by answers, or by the network."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Whom the backbone learned from"
    plan: ClassVar[type[BackboneMembershipPlan]] = BackboneMembershipPlan
    report: ClassVar[str] = "faceaudit.report.backbone_membership.section"
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "auc": LABELS,
        "headline_auc": LABELS,
        "tpr": ("fpr", *LABELS),
    }
    narrowing: ClassVar[str] = "more people and more trainings"

    def prepare(
        self, plan: BackboneMembershipPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each recipe and seed."""
        section = plan.model_dump(mode="json")
        scenarios = [
            _scenario(plan, number, seed, store, work)
            for number in range(len(plan.recipes))
            for seed in seeds
        ]
        jobs = [
            Job(
                KIND,
                one.id,
                f"whom {one.title} learned from",
                section,
                one.seed,
                {"recipe": one.number},
                one.spec,
                _count_threads(one),
            )
            for one in scenarios
        ]
        loaded = [load_faces(source, size, work) for source, size in self.loads(plan)]
        people = [one.people for one in scenarios]
        people += [one.others for one in scenarios if one.others is not None]
        left_out = [item for one in loaded for item in one.left_out]
        left_out += [item for one in people for item in one.left_out]
        return Prepared(
            jobs=tuple(jobs),
            left_out=tuple(dict.fromkeys(left_out)),
            remarks=tuple(item for one in loaded for item in one.remarks),
            device=str(plan.recipes[0].training.torch_device()),
        )

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Train the backbones of a case unless the store has them, and attack each."""
        from faceaudit.audit.backbone_membership.case import run_case  # noqa: PLC0415 - slow

        plan = BackboneMembershipPlan(**job.section)
        scenario = _scenario(plan, int(job.part["recipe"]), job.seed, store, work)
        same_case(job, scenario.id)
        return run_case(scenario, store, work)

    def cost(self, plan: BackboneMembershipPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost; each training sees half of the people."""
        survey, missing = survey_source(plan.faces, look=look)
        others = survey_source(plan.others, look=look)[0] if plan.others is not None else None
        asked = (survey.photos or 0) + (0 if others is None else others.photos or 0)
        times = plan.trainings * len(seeds)
        shown, petaflop = 0, 0.0
        for recipe in plan.recipes if look else ():
            forward, whole = network_flop(recipe.network, max(2, (survey.people or 0) // 2))
            each = photos_per_epoch(recipe.training, plan.split)
            learned = recipe.training.epochs * each * ((survey.people or 0) // 2) * times
            shown += learned
            petaflop += (learned * whole + 2 * times * asked * forward) / 1e15
        return section_cost(
            survey,
            sizes={one.network.size for one in plan.recipes} if look else set(),
            cases=len(plan.recipes) * len(seeds),
            trainings=len(plan.recipes) * times,
            training_photos=shown,
            petaflop=petaflop,
            missing=missing,
            embeddings=2 * times * len(plan.recipes) * asked,
            detects=looks_for_faces(plan.faces),
        )

    def obstacles(
        self, plan: BackboneMembershipPlan, seeds: Sequence[int]
    ) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, people, networks."""
        for source in (plan.faces, plan.others):
            if source is None:
                continue
            faces, errors = outline_or_error(source)
            yield from errors
            yield from detector_obstacles(source)
            if faces is not None:
                for seed in seeds:
                    found = list(raised(partial(divide_photos, faces, plan.split, seed)))
                    yield from found
                    if found:
                        break
        for recipe in plan.recipes:
            yield from raised(partial(getattr, recipe.network, "size"))

    def remarks(self, plan: BackboneMembershipPlan) -> Iterator[str]:
        """Yield what keeps figures from being what they seem."""
        yield from unaligned_faces(plan.faces, ())
        if plan.trainings < 4:
            yield (
                f"{plan.trainings} trainings are too few for shadows on both sides of each person: "
                "scores are not compared with shadows (backbone_membership.trainings: 4 or more)"
            )
        yield from _too_few_people(plan)
        if plan.others is not None:
            yield (
                "members are also told from people of another source, as MINT does: what tells the "
                "sources apart tells members there, and the gate says so"
            )
        if plan.split.by == "photo":
            yield (
                "held-out photos may be of the session of photos that were learned from "
                "(backbone_membership.split.by: photo); by: video keeps sessions apart"
            )

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        head = Row(
            kind=KIND,
            case=record.id,
            system=record.spec["title"],
            attack="none",
            samples=None,
            mitigation="none",
            seed=record.spec["seed"],
        )
        for row in case_rows(record, head):
            asked = row.metric.partition(":")[2]
            yield replace(row, attack=Asked.of(row.metric).attack) if asked else row

    def loads(self, plan: BackboneMembershipPlan) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces, and those of others, at each network's size."""
        found = [
            (source, recipe.network.size)
            for source in (plan.faces, plan.others)
            if source is not None
            for recipe in plan.recipes
        ]
        return tuple(dict.fromkeys(found))

    def workload(self, plan: BackboneMembershipPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind: what is learned from, and embedded."""
        return tuple(self._work(plan, seeds))

    def _work(self, plan: BackboneMembershipPlan, seeds: Sequence[int]) -> Iterator[Work]:
        survey = survey_of(plan.faces)
        half = (survey.people or 0) // 2
        asked = survey.photos or 0
        sizes = [one.network.size for one in plan.recipes]
        yield from loading(plan.faces, sizes)
        if plan.others is not None:
            yield from loading(plan.others, sizes)
            asked += survey_of(plan.others).photos or 0
        times = plan.trainings * len(seeds)
        threaded = [one for one in plan.recipes if one.training.threads]
        for recipe in plan.recipes:
            training = recipe.training
            yield Work(
                "train",
                training.epochs * photos_per_epoch(training, plan.split) * half * times,
                network=recipe.network,
                training=training,
                classes=max(2, half),
                jobs=len(threaded) * len(seeds) if training.threads else 1,
            )
            yield Work("embed", 2 * times * asked, network=recipe.network)


def _too_few_people(plan: BackboneMembershipPlan) -> Iterator[str]:
    """Yield what so few people cannot carry: the checks of the lists, and low rates."""
    try:
        people = survey_of(plan.faces).people
    except FaceAuditError:  # an obstacle says so
        return
    if people is None:
        return
    if people < FEWEST:
        yield (
            f"{people} people are too few for the checks of the lists, which need {FEWEST}: no "
            "figure is to be relied on (backbone_membership.faces: more people)"
        )
    lost = [f"{fpr:g}" for fpr in plan.fprs if allowed(fpr, people // 2) < LEAST]
    if lost:
        least = f"{2 * LEAST / people:.2g} or more" if people >= 2 * LEAST else "more people"
        yield (
            f"{people // 2} others of each training are too few to count people where the share "
            f"{', '.join(lost)} of them is wrongly named (backbone_membership.fprs: {least})"
        )


def _count_threads(scenario: Scenario) -> int | None:
    """Return how many threads a case needs; None where a GPU is there to share."""
    training = scenario.recipe.training
    return training.threads if training.torch_device().type == "cpu" else None


def _scenario(
    plan: BackboneMembershipPlan, number: int, seed: int, store: Store, work: Workspace
) -> Scenario:
    """Return one recipe under one seed, built once in this process."""

    def build() -> Scenario:
        size = plan.recipes[number].network.size
        people = divide_photos(load_faces(plan.faces, size, work).faces, plan.split, seed)
        others = None
        if plan.others is not None:
            others = divide_photos(load_faces(plan.others, size, work).faces, plan.split, seed)
        return Scenario(plan, number, seed, people, others)

    key = [plan.model_dump(mode="json"), number, seed, store.url]
    return work.memo.get("backbone membership", key, build)
