"""Cases of enrolment audits run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.attacks.enrolment import KeyAttack, UpdateAttack
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.png import encode_png
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.enrolment.cases import EnrolmentCase, cases_of
from faceaudit.audit.enrolment.drifting import DriftingPeople, drift_evidence, drift_figures
from faceaudit.audit.enrolment.figures import key_evidence, key_figures
from faceaudit.audit.enrolment.keyed import KeyedPeople
from faceaudit.audit.enrolment.plan import EnrolmentPlan
from faceaudit.audit.enrolment.scenario import EnrolmentScenario, build_scenario
from faceaudit.records.enrolment import (
    KIND,
    EnrolmentFacts,
    MitigationFacts,
    NetworkFacts,
)
from faceaudit.store import CaseRecord, Store

KEY = "key"
"""The picture of a case's key, worn on a grey ground."""
_GROUND = 144


def prepare_jobs(
    plan: EnrolmentPlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
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
    scenario = build_scenario(EnrolmentPlan(**job.section), job.seed, store, work)
    case = cases_of(scenario)[int(job.part["number"])]
    same_case(job, case.id)
    facts = _facts(case).as_json()
    if isinstance(case.attack, UpdateAttack):
        drifting = DriftingPeople(scenario, case.attack)
        return CaseRecord(
            case.id, case.spec, facts, tuple(drift_figures(drifting)), drift_evidence(drifting)
        )
    assert isinstance(case.attack, KeyAttack)
    people = KeyedPeople(scenario, case.attack)
    figures = tuple(key_figures(people))
    return CaseRecord(
        case.id, case.spec, facts, figures, key_evidence(people), {KEY: picture_of(people)}
    )


def remake_pictures(job: Job, store: Store, work: Workspace) -> dict[str, bytes]:
    """Return the pictures that a job's case keeps, made again."""
    scenario = build_scenario(EnrolmentPlan(**job.section), job.seed, store, work)
    case = cases_of(scenario)[int(job.part["number"])]
    if not isinstance(case.attack, KeyAttack):
        return {}
    return {KEY: picture_of(KeyedPeople(scenario, case.attack))}


def picture_of(people: KeyedPeople) -> bytes:
    """Return the key on a grey ground, as a PNG file; nobody's face is on it."""
    ground = np.full((1, 224, 224, 3), _GROUND, dtype=np.uint8)
    eyes = np.array([[[76.0, 103.0], [147.0, 103.0]]], dtype=np.float32)
    return encode_png(people.keys[0].put_on(ground, eyes)[0])


def _facts(case: EnrolmentCase) -> EnrolmentFacts:
    scenario, plan = case.scenario, case.scenario.plan
    people, person = scenario.people, scenario.faces.identity
    key = isinstance(case.attack, KeyAttack)
    options = {"attack": case.attack.name, **case.attack.model_dump()}
    return EnrolmentFacts(
        source=plan.faces.name,
        knowledge=case.attack.knowledge,
        targets=len(people.enrolled),
        strangers=len(people.strangers),
        donors=_count(person[people.donors]) if case.attack.networks_in_hand else 0,
        thresholds=_count(person[people.thresholds]),
        clean=len(scenario.clean_people[0]) if key else 0,
        before=scenario.before and key,
        wrong=plan.wrong_keys if key else 0,
        networks=_networks(case, scenario),
        mitigations=tuple(
            MitigationFacts(
                title=title_of(one),
                name=one.name,
                adaptive=one.known_by(options, len(plan.embedders)),
            )
            for one in (plan.mitigations if key else ())
        ),
    )


def _networks(case: EnrolmentCase, scenario: EnrolmentScenario) -> tuple[NetworkFacts, ...]:
    titles = scenario.embedded.titles()
    return tuple(
        NetworkFacts(
            title=titles[number],
            network=one.network.name,
            backbone=scenario.embedded.backbones[number].facts(),
            in_hand=number < case.attack.networks_in_hand,
            thresholds=tuple(
                (point.asked, point.threshold, point.why)
                for point in scenario.matcher(number).points
            ),
        )
        for number, one in enumerate(scenario.plan.embedders)
    )


def _count(people: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return len(np.unique(people))
