"""Cases of master-face audits run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.matching_scenario import MatchingScenario, build_matching_scenario
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.master_face.cases import cases_of
from faceaudit.audit.master_face.figures import master_face_evidence, master_face_figures
from faceaudit.audit.master_face.plan import MasterFacePlan
from faceaudit.audit.master_face.searching import SETS, Search
from faceaudit.records.master_face import KIND, MasterFaceFacts
from faceaudit.store import CaseRecord, Store


def prepare_jobs(
    plan: MasterFacePlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
        OptionError: no search can be tried.
    """
    scenarios = [_scenario(plan, seed, store, work) for seed in seeds]
    section = plan.model_dump(mode="json")
    jobs = [
        Job(KIND, case.id, case.title, section, scenario.seed, {"number": number}, case.spec)
        for scenario in scenarios
        for number, case in enumerate(cases_of(scenario, plan))
    ]
    loaded = scenarios[0].embedded.loaded
    return Prepared(
        tuple(jobs),
        left_out=tuple({out.id: out for one in loaded for out in one.left_out}.values()),
        remarks=tuple(dict.fromkeys(remark for one in loaded for remark in one.remarks)),
    )


def run_job(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Return what a job's case finds."""
    plan = MasterFacePlan(**job.section)
    scenario = _scenario(plan, job.seed, store, work)
    case = cases_of(scenario, plan)[int(job.part["number"])]
    same_case(job, case.id)
    search = Search(case)
    figures = tuple(master_face_figures(search))
    facts = MasterFaceFacts(
        attacked=len(search.attacked),
        known=len(search.known),
        thresholds=len(np.unique(scenario.person[scenario.thresholds])),
        systems=tuple(one.title for one in search.judges),
        made_on=scenario.titles()[: case.tried.made_on],
        aimed=plan.aimed,
        sets=SETS,
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, master_face_evidence(search))


def _scenario(plan: MasterFacePlan, seed: int, store: Store, work: Workspace) -> MatchingScenario:
    return build_matching_scenario(KIND, plan, seed, store, work)
