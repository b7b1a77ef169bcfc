"""Cases of linkage audits run."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.linkage.cases import cases_of
from faceaudit.audit.linkage.comparing import LinkedPeople
from faceaudit.audit.linkage.figures import linkage_evidence, linkage_figures
from faceaudit.audit.linkage.plan import LinkagePlan
from faceaudit.audit.linkage.scenario import build_scenario
from faceaudit.records.linkage import KIND, LinkageFacts
from faceaudit.store import CaseRecord, Store


def prepare_jobs(
    plan: LinkagePlan, seeds: Sequence[int], store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section; faces are loaded now, and nothing is embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
        OptionError: no attack can be tried.
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
    scenario = build_scenario(LinkagePlan(**job.section), job.seed, store, work)
    case = cases_of(scenario)[int(job.part["number"])]
    same_case(job, case.id)
    people = LinkedPeople(case)
    figures = tuple(linkage_figures(people))
    searches, _, strangers = people.named
    own = people.own
    facts = LinkageFacts(
        attacked=people.count,
        learned=0 if own is None else len(own.people),
        learned_people=0 if own is None else len(set(own.people.tolist())),
        thresholds=len(set(people.person[2 * people.count :].tolist())),
        gallery=searches.people,
        strangers=strangers,
        non_mated=len(people.for_unlinkability[1]),
        entries=(people.brought.first.shape[1], people.brought.second.shape[1]),
        knowledge=case.tried.attack.knowledge,
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, linkage_evidence(people))
