"""Cases of audits of attribute inference run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.attribute_inference.attempts import Attempt, Attempts
from faceaudit.audit.attribute_inference.cases import AttributeCase, cases_of
from faceaudit.audit.attribute_inference.cost import recognition_figures
from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.attribute_inference.scenario import build_scenario
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace
from faceaudit.records.attribute_inference import KIND, AttributeInferenceFacts
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Column, Evidence


def prepare_jobs(
    plan: AttributeInferencePlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
        InputError: there is no attribute to infer.
    """
    scenarios = [build_scenario(plan, seed, store, work) for seed in seeds]
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
    plan = AttributeInferencePlan(**job.section)
    scenario = build_scenario(plan, job.seed, store, work)
    case = tuple(cases_of(scenario))[int(job.part["number"])]
    same_case(job, case.id)
    stored = scenario.stored(case.mitigation)
    attempts = list(Attempts(case, stored))
    figures = [figure for one in attempts for figure in one.figures]
    figures += recognition_figures(scenario, stored, scenario.embedded.templates(0))
    facts = _facts(case, attempts, stored.shape[1])
    return CaseRecord(case.id, case.spec, facts.as_json(), tuple(figures), _rows(case, attempts))


def _facts(
    case: AttributeCase, attempts: Sequence[Attempt], entries: int
) -> AttributeInferenceFacts:
    scenario, roles = case.scenario, case.scenario.roles
    return AttributeInferenceFacts(
        networks=tuple(case.spec["titles"]["networks"]),
        entries=entries,
        attacked_people=len(roles.parties.stolen),
        attacked_photos=len(roles.attacked),
        labelled_people=len(roles.labelled),
        owner_people=len(np.unique(scenario.person[roles.owner])),
        threshold_people=len(np.unique(scenario.person[roles.parties.thresholds])),
        attributes=tuple(one.facts(roles.attacked, scenario.person) for one in scenario.attributes),
        attempts=tuple(one.facts for one in attempts),
    )


def _rows(case: AttributeCase, attempts: Sequence[Attempt]) -> Evidence:
    """Return a row for each attacked photo: its true values, and the scores of each attempt."""
    scenario, attacked = case.scenario, case.scenario.roles.attacked
    columns: dict[str, Column] = {
        f"value:{one.name}": one.value[attacked] for one in scenario.attributes
    }
    for one in attempts:
        if one.scores is not None:
            full = np.full((len(attacked), one.scores.shape[1]), np.nan, dtype=np.float32)
            full[np.searchsorted(attacked, one.rows)] = one.scores
            columns[one.facts.key] = full
    ids = scenario.embedded.faces.ids
    return Evidence(tuple(ids[row] for row in attacked.tolist()), columns)
