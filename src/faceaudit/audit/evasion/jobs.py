"""Cases of evasion audits run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.matching_scenario import MatchingScenario, build_matching_scenario
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.evasion.cases import cases_of
from faceaudit.audit.evasion.changing import Changed
from faceaudit.audit.evasion.figures import evasion_evidence, evasion_figures
from faceaudit.audit.evasion.plan import EvasionPlan
from faceaudit.records.evasion import KIND, EvasionFacts
from faceaudit.store import CaseRecord, Store


def prepare_jobs(
    plan: EvasionPlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
        OptionError: no attack can be tried.
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
    plan = EvasionPlan(**job.section)
    scenario = _scenario(plan, job.seed, store, work)
    case = cases_of(scenario, plan)[int(job.part["number"])]
    same_case(job, case.id)
    changed = Changed(case)
    figures = tuple(evasion_figures(changed))
    facts = EvasionFacts(
        photos=len(changed.rows),
        thresholds=len(np.unique(scenario.person[scenario.thresholds])),
        systems=tuple(one.title for one in changed.judges),
        made_on=scenario.titles()[: case.tried.made_on],
        aimed=changed.aimed,
        moved=changed.moved(),
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, evasion_evidence(changed))


def _scenario(plan: EvasionPlan, seed: int, store: Store, work: Workspace) -> MatchingScenario:
    return build_matching_scenario(KIND, plan, seed, store, work)
