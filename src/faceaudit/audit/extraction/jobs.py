"""Extraction cases run: a victim asked, a copy trained, and both held against one another."""

from __future__ import annotations

import numpy as np

from faceaudit.attacks.extraction import Answers, VictimOracle
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.extraction.cases import ExtractionCase, case_of
from faceaudit.audit.extraction.cost import sources_of
from faceaudit.audit.extraction.embedder import EmbedderToCopy
from faceaudit.audit.extraction.figures import Decided, evidence, figures
from faceaudit.audit.extraction.identifier import IdentifierToCopy
from faceaudit.audit.extraction.pairs import PredictorToCopy
from faceaudit.audit.extraction.parts import parts_of
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.audit.extraction.transfer import (
    Transferred,
    impersonate_identified,
    impersonate_verified,
    invert_through,
)
from faceaudit.audit.extraction.victims import State, kept
from faceaudit.records.extraction import KIND, ExtractionFacts
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store
from faceaudit.training.device import choose_device
from faceaudit.types import IntArray


def prepare_jobs(
    plan: ExtractionPlan, seeds: tuple[int, ...], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section: each victim, attack and budget under each seed.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people, or too few photos for a budget.
        OptionError: the attacker's people are those of the victim.
    """
    section = plan.model_dump(mode="json")
    jobs = []
    for seed in seeds:
        for place, part in enumerate(parts_of(plan)):
            case = case_of(plan, part, seed, store, work)
            jobs.append(
                Job(
                    KIND,
                    case.id,
                    part.title,
                    section,
                    seed,
                    {"case": place},
                    case.spec,
                    _threads(case),
                )
            )
    loaded = [load_faces(source, size, work) for source, size in sources_of(plan)]
    return Prepared(
        jobs=tuple(jobs),
        left_out=tuple(item for one in loaded for item in one.left_out),
        remarks=tuple(item for one in loaded for item in one.remarks),
        device=str(choose_device(plan.training.device)),
    )


def _threads(case: ExtractionCase) -> int | None:
    """Return how many threads a case needs; None where a backbone or a GPU is there to share."""
    training = case.plan.training
    if case.part.role != "identifier" or choose_device(training.device).type != "cpu":
        return None
    assert case.plan.identifier is not None
    own = case.plan.identifier.system
    alone = own.pretraining is not None or own.weights is not None or own.network.is_file
    return None if alone else training.threads


def run_job(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Return what a job's case finds; nothing that the store has is trained again."""
    plan = ExtractionPlan(**job.section)
    part = list(parts_of(plan))[int(job.part["case"])]
    case = case_of(plan, part, job.seed, store, work)
    same_case(job, case.id)
    return run_case(case, store, work)


def run_case(case: ExtractionCase, store: Store, work: Workspace) -> CaseRecord:
    """Ask the victim, train the copy, and hold both against one another."""
    part, victim = case.part, case.victim
    answer = victim.answer(part.unit)
    oracle = VictimOracle(
        lambda rows: victim.limited(answer(rows), part.decimals), part.attack.access, part.budget
    )
    rng = np.random.default_rng([case.seed, 30])
    told = part.attack.steal(oracle, victim.photos(part.unit), rng)
    copy_id, copy = kept(
        {**case.copy_spec, "learned": "answers"},
        lambda: victim.learn(part.unit, told, part.title),
        store,
        work,
    )
    untrained = victim.learn_nothing(part.unit, told)[0]
    decisions, score = victim.decide(copy)
    truth_id, truth = _truth(case, told, store, work)
    decided = Decided(victim.decisions, decisions, score, victim.decide(untrained)[0], truth)
    moved = _transfer(case, copy, untrained, work)
    facts = _facts(case, oracle.queries, (copy_id, truth_id), moved)
    found = (*figures(victim, decided), *moved.figures)
    return CaseRecord(case.id, case.spec, facts.as_json(), found, evidence(victim, decided))


def _truth(
    case: ExtractionCase, told: Answers, store: Store, work: Workspace
) -> tuple[str, IntArray | None]:
    """Return the id of a model that learned the same photos with true labels, and its decisions."""
    victim, part = case.victim, case.part
    if victim.why_no_truth:
        return "", None
    spec = {
        "learned": "truth",
        "copied": victim.identity(),
        "unit": part.unit,
        "rows": digest(told.rows.tolist()),
        "seed": case.seed,
    }
    learn = lambda: victim.learn_truth(part.unit, told.rows, "true labels")  # noqa: E731
    id_, state = kept(spec, learn, store, work)
    return id_, victim.decide(state, truth=True)[0]


def _transfer(case: ExtractionCase, copy: State, untrained: State, work: Workspace) -> Transferred:
    plan, victim = case.plan, case.victim
    if not case.part.transfer or isinstance(victim, PredictorToCopy):
        return Transferred()
    parts = []
    if plan.impersonation is not None:
        if isinstance(victim, IdentifierToCopy):
            parts.append(impersonate_identified(victim, copy, plan.impersonation))
        elif isinstance(victim, EmbedderToCopy):
            parts.append(impersonate_verified(victim, copy, plan.impersonation))
    if plan.inversion is not None and isinstance(victim, IdentifierToCopy):
        parts.append(invert_through(victim, copy, untrained, plan.inversion, work.progress))
    targets = [one.targets for one in parts if one.targets is not None]
    return Transferred(
        tuple(figure for one in parts for figure in one.figures), targets[0] if targets else None
    )


def _facts(
    case: ExtractionCase, queries: int, ids: tuple[str, str], moved: Transferred
) -> ExtractionFacts:
    """Return what is known of a case; `ids` are those of the copy and of what learned the truth."""
    part, victim, plan = case.part, case.victim, case.plan
    predictor = plan.verifier.predictor.name if plan.verifier is not None else ""
    return ExtractionFacts(
        victim=part.role,
        system=victim.title,
        system_id=victim.system_id,
        source=victim.source,
        attack=part.attack.name,
        access=str(part.attack.access),
        knowledge=victim.knowledge,
        asked=part.asked,
        unit=part.unit,
        budget=part.budget,
        queries=queries,
        decimals=part.decimals,
        learner=predictor if part.role == "verifier" else plan.network.name,
        copy_id=ids[0],
        truth_id=ids[1],
        held_out=len(victim.held_out.ids),
        people=len(np.unique(victim.held_out.people)),
        null=victim.null,
        targets=moved.targets,
        fmr=victim.fmr,
        demonstration=victim.demonstration,
    )
