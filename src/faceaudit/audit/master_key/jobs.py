"""Cases of master-key audits run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.master_key.cases import MasterKeyCase, cases_of
from faceaudit.audit.master_key.figures import master_key_evidence, master_key_figures
from faceaudit.audit.master_key.pairs import require_pairs
from faceaudit.audit.master_key.plan import MasterKeyPlan
from faceaudit.audit.master_key.scenario import build_scenario
from faceaudit.audit.master_key.trying import Trying
from faceaudit.records.master_key import KIND, MasterKeyFacts
from faceaudit.store import CaseRecord, Store
from faceaudit.types import IntArray


def prepare_jobs(
    plan: MasterKeyPlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people, or too few of the attacker's own for poison pairs.
    """
    scenarios = [build_scenario(plan, seed, store, work) for seed in seeds]
    for scenario in scenarios:
        for case in cases_of(scenario):
            wanted = case.tried.samples(len(scenario.pairs))
            require_pairs(case.tried.attack, len(scenario.people.own), wanted)
    section = plan.model_dump(mode="json")
    jobs = [
        Job(KIND, case.id, case.title, section, scenario.seed, {"number": number}, case.spec)
        for scenario in scenarios
        for number, case in enumerate(cases_of(scenario))
    ]
    loaded = scenarios[0].embedded.loaded
    return Prepared(
        tuple(jobs),
        left_out=tuple({out.id: out for one in loaded for out in one.left_out}.values()),
        remarks=tuple(dict.fromkeys(remark for one in loaded for remark in one.remarks)),
    )


def run_job(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Return what a job's case finds."""
    scenario = build_scenario(MasterKeyPlan(**job.section), job.seed, store, work)
    case = cases_of(scenario)[int(job.part["number"])]
    same_case(job, case.id)
    tries = [Trying(case, training, store) for training in range(scenario.plan.trainings)]
    figures = tuple(master_key_figures(tries))
    facts = _facts(case, tries).as_json()
    return CaseRecord(case.id, case.spec, facts, figures, master_key_evidence(tries))


def _facts(case: MasterKeyCase, tries: Sequence[Trying]) -> MasterKeyFacts:
    scenario, tried = case.scenario, case.tried
    people, person = scenario.people, scenario.faces.identity

    def count(rows: IntArray) -> int:
        return len(np.unique(person[rows]))

    return MasterKeyFacts(
        source=scenario.plan.faces.name,
        enrolled=len(people.enrolled),
        strangers=len(people.strangers),
        own=len(people.own),
        learners=count(people.learners),
        thresholds=count(people.thresholds),
        pairs=len(scenario.pairs),
        samples=tried.samples(len(scenario.pairs)),
        presented=len(tries[0].photos.shown),
        wrong=len(tries[0].photos.wrong),
        trainings=scenario.plan.trainings,
        networks=scenario.embedded.titles()[: tried.mitigation.networks],
        before=scenario.before and not tried.attack.taught,
        systems=tuple(
            dict.fromkeys(
                system
                for one in tries
                for seen in (one.poisoned, one.pristine)
                for system in seen.verifiers.systems
            )
        ),
        evaded=tried.mitigation.evaded if tried.aware else "",
    )
