"""Cases of a scan run: systems opened, asked, and what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.png import encode_png
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.any_system import scan_any, strangers_for
from faceaudit.audit.scan.cases import ScanCase
from faceaudit.audit.scan.embedders.asking import Comparing
from faceaudit.audit.scan.embedders.evidence import comparing_evidence
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.scanning import Scanned, open_system
from faceaudit.errors import InputError
from faceaudit.records.scan import KIND
from faceaudit.store import CaseRecord
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import Column, Evidence

UNNAMED = re.compile(r"class-\d+")
"""Names that stand for a number alone."""


def prepare_jobs(plan: ScanPlan, seed: int, work: Workspace) -> Prepared:
    """Return a job for each system; systems are opened now.

    Raises:
        InputError: a system cannot be opened, or there are too few strangers for it.
        SourceError: there are no strangers to be had.
    """
    section = plan.model_dump(mode="json")
    cases = list(_cases(plan, seed, work))
    jobs = [
        Job(KIND, case.id, case.title, section, seed, {"system": case.number}, case.spec)
        for case in cases
    ]
    sizes = dict.fromkeys(case.system.size for case in cases)
    loaded = [load_faces(plan.strangers, size, work) for size in sizes]
    return Prepared(
        jobs=tuple({job.id: job for job in jobs}.values()),
        left_out=tuple(out for one in loaded for out in one.left_out),
        remarks=tuple(remark for one in loaded for remark in one.remarks),
    )


def run_job(job: Job, work: Workspace) -> CaseRecord:
    """Return what the scan of a job's system finds."""
    plan = ScanPlan(**job.section)
    case = _case(plan, int(job.part["system"]), job.seed, work)
    same_case(job, case.id)
    done = scan_any(plan, plan.systems[case.number], case.system, case.strangers, job.seed, work)
    return CaseRecord(
        case.id,
        case.spec,
        done.facts.as_json(),
        done.figures,
        _evidence(done) if isinstance(done, Scanned) else comparing_evidence(done),
        {name: encode_png(picture) for name, picture in done.pictures.items()},
    )


def _cases(plan: ScanPlan, seed: int, work: Workspace) -> Iterator[ScanCase]:
    for number in range(len(plan.systems)):
        yield _case(plan, number, seed, work)


def _case(plan: ScanPlan, number: int, seed: int, work: Workspace) -> ScanCase:
    system = _opened(plan, number, work)
    faces = load_faces(plan.strangers, system.size, work).faces
    if isinstance(system, IdentifierUnderTest):
        names = (name for name in system.names if not UNNAMED.fullmatch(name))
        work.discretion.know_people(names)
    strangers = strangers_for(system, faces, plan.photos, seed)
    return ScanCase(plan, number, system, strangers, seed)


def _opened(plan: ScanPlan, number: int, work: Workspace) -> IdentifierUnderTest | Comparing:
    """Return a system of the plan, opened once in this process."""
    door = plan.systems[number]

    def open_() -> IdentifierUnderTest | Comparing:
        try:
            return open_system(door, work)
        except InputError as error:
            raise InputError(f"scan.systems.{number}: {error}") from error

    return work.memo.get("scanned system", plain_values(door), open_)


def _evidence(done: Scanned) -> Evidence:
    """Return a row an answer; bare strangers stand under the stage "none"."""
    ids, people = done.strangers.ids, done.strangers.identity
    rows = [("none", done.scan.plain, np.arange(len(ids)))]
    rows += [(name, one.said, one.shown) for name, one in done.scan.found.items() if len(one.said)]
    shown = np.concatenate([some for _, _, some in rows])
    columns: dict[str, Column] = {
        "stage": np.repeat([name for name, _, _ in rows], [len(said) for _, said, _ in rows]),
        "said": np.concatenate([said for _, said, _ in rows]),
        "people": people[shown],
    }
    return Evidence(tuple(ids[row] for row in shown), columns)
