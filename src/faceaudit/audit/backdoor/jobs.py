"""Backdoor cases run: systems trained or loaded, attacked, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceaudit.audit.backdoor.cases import BackdoorCase, PictureDigests, cases_of
from faceaudit.audit.backdoor.described import attack_facts, case_facts, describe_split
from faceaudit.audit.backdoor.figures import (
    attack_evidence,
    attack_figures,
    clean_evidence,
    clean_figures,
    instances_not_found,
)
from faceaudit.audit.backdoor.groups import group_figures
from faceaudit.audit.backdoor.mitigated import run_mitigated
from faceaudit.audit.backdoor.obstacles import require_others, require_room
from faceaudit.audit.backdoor.open_set import prepare_strangers, see
from faceaudit.audit.backdoor.open_set_figures import open_set_figures
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.scenario import BackdoorScenario, draw_target
from faceaudit.audit.backdoor.staging import PreparedAttack, prepare_attack
from faceaudit.audit.backdoor.training import train_case
from faceaudit.audit.backdoor.unseen import unseen_figures
from faceaudit.audit.common.backbone import backbone_of
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.faces.loaded import Loaded
from faceaudit.records.backdoor import CLEAN_ROWS, KIND
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Figure


def prepare_jobs(plan: BackdoorPlan, store: Store, work: Workspace) -> Prepared:
    """Return the jobs of a section: for each system and seed, the pristine case and every attack.

    Args:
        plan: the section, with its seeds.
        store: where pretrained backbones are kept.
        work: local folders, and what cases have in common.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people can be enrolled.
        UnknownName: the plan's target is not enrolled.
    """
    section = plan.model_dump(mode="json")
    for size in dict.fromkeys(system.network.size for system in plan.systems):
        faces, others = _loaded(plan, size, work).faces, _others(plan, size, work)
        require_room(plan, faces)
        if others is not None:
            require_others(plan, faces, others.faces)
    spelled, pictures = digest(section), PictureDigests()
    scenarios = [
        (number, _scenario(plan, spelled, number, seed, store, work))
        for number in range(len(plan.systems))
        for seed in plan.seeds or ()
    ]
    for _, scenario in scenarios:
        _ = scenario.groupings  # groups that nobody has are told of before anything is trained
    jobs = [
        Job(
            KIND,
            case.id,
            case.title,
            section,
            scenario.seed,
            _name_part(number, place),
            case.spec,
            threads,
        )
        for number, scenario in scenarios
        for threads in [_count_threads(scenario)]
        for place, case in enumerate(cases_of(scenario, pictures))
    ]
    sizes = dict.fromkeys(system.network.size for system in plan.systems)
    loaded = [
        one
        for size in sizes
        for one in (_loaded(plan, size, work), _others(plan, size, work))
        if one is not None
    ]
    splits = [scenario.split for _, scenario in scenarios]
    return Prepared(
        jobs=tuple(jobs),
        left_out=(
            *(item for faces in loaded for item in faces.left_out),
            *(item for split in splits for item in split.left_out),
        ),
        remarks=tuple(item for faces in loaded for item in faces.remarks),
        account={"splits": [describe_split(scenario).as_json() for _, scenario in scenarios]},
        device=str(plan.systems[0].training.torch_device()),
    )


def run_job(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Return what a job's case finds; systems are trained now unless the store has them."""
    case = _case_of(job, store, work)
    prepared = None if case.attack is None else prepare_attack(case.scenario, case.attack)
    if case.treatment is not None:
        return run_mitigated(case, prepared, store, work)
    if prepared is None:
        return _run_pristine(case, store, work)
    return _run_attack(case, prepared, store, work)


def make_pictures(job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
    """Return the pictures of a job's case; nothing is trained."""
    case = _case_of(job, store, work)
    if case.attack is None or case.treatment is not None:  # those of the attack are with its case
        return {}
    return prepare_attack(case.scenario, case.attack).pictures


def _case_of(job: Job, store: Store, work: Workspace) -> BackdoorCase:
    """Return the case of a job, rebuilt from plan and store."""
    plan = BackdoorPlan(**job.section)
    spelled = digest(plan.model_dump(mode="json"))
    scenario = _scenario(plan, spelled, int(job.part["system"]), job.seed, store, work)
    case = list(cases_of(scenario))[int(job.part["case"])]
    same_case(job, case.id)
    return case


def _name_part(system: int, case: int) -> Mapping[str, Any]:
    """Return which of the section's cases one is: its system's place, and its own in `cases_of`."""
    return {"system": system, "case": case}


def _count_threads(scenario: BackdoorScenario) -> int | None:
    """Return how many threads a case needs; None where a backbone or a GPU is there to share."""
    training = scenario.system.training
    alone = scenario.backbone is not None or training.torch_device().type != "cpu"
    return None if alone else training.threads


def _loaded(plan: BackdoorPlan, size: tuple[int, int], work: Workspace) -> Loaded:
    """Return the faces at a size, loaded once in this process."""
    return load_faces(plan.faces, size, work)


def _others(plan: BackdoorPlan, size: tuple[int, int], work: Workspace) -> Loaded | None:
    """Return the photos of other people, for whoever mitigates; None where there are none."""
    return None if plan.others is None else load_faces(plan.others.faces, size, work)


def _scenario(
    plan: BackdoorPlan, spelled: str, number: int, seed: int, store: Store, work: Workspace
) -> BackdoorScenario:
    """Return the shared state of one system's cases under a seed, built once in this process.

    Args:
        plan: the section, with its seeds.
        spelled: a digest of it, which is made once for all of its systems.
        number: the system's place.
        seed: one of the section's.
        store: where pretrained backbones are kept.
        work: what cases have in common.
    """

    def build() -> BackdoorScenario:
        system = plan.systems[number]
        faces = _loaded(plan, system.network.size, work).faces
        backbone = backbone_of(system, faces, plan.faces, store, work=work)
        key = [spelled, faces.fingerprint, seed]
        split = work.memo.get("backdoor split", key, lambda: plan.enrol(faces, seed))
        target = draw_target(plan, split, seed)
        more = _others(plan, system.network.size, work)
        others = None if more is None else more.faces
        return BackdoorScenario(plan, system, seed, faces, split, target, backbone, others)

    return work.memo.get("backdoor scenario", [spelled, number, seed, store.url], build)


def _run_pristine(case: BackdoorCase, store: Store, work: Workspace) -> CaseRecord:
    id_, system = train_case(case, None, store, work)
    evidence = clean_evidence(case.scenario, system, CLEAN_ROWS)
    facts = case_facts(case, id_, samples=0, attack=None)
    figures = (
        *clean_figures(evidence, case.scenario.target),
        *group_figures(evidence, facts, seed=case.scenario.seed),
        *_unseen(case, system),
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, evidence)


def _run_attack(
    case: BackdoorCase, prepared: PreparedAttack, store: Store, work: Workspace
) -> CaseRecord:
    id_, system = train_case(case, prepared, store, work)
    # Last: where cases run side by side, another one has trained it meanwhile.
    pristine_id, pristine = train_case(case, None, store, work)
    scenario = case.scenario
    evidence = attack_evidence(scenario, prepared, system, pristine)
    attack = attack_facts(case, prepared, pristine_id)
    tried = prepare_strangers(scenario, prepared) if case.open_set else None
    facts = case_facts(
        case,
        id_,
        samples=len(prepared.samples),
        attack=attack,
        open_set=None if tried is None else tried.facts(),
    )
    figures = (
        *attack_figures(evidence, scenario.target),
        *instances_not_found(prepared),
        *group_figures(evidence, facts, seed=scenario.seed),
        *_unseen(case, system),
        *(
            ()
            if tried is None
            else open_set_figures(tried, see(tried, system), see(tried, pristine))
        ),
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, evidence, prepared.pictures)


def _unseen(case: BackdoorCase, system: System) -> tuple[Figure, ...]:
    """Return how well a system's features verify the people who were kept out of the split."""
    scenario = case.scenario
    return unseen_figures(system, scenario.faces, scenario.split, scenario.seed)
