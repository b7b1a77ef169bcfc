"""Cases of finished systems run: opened, asked, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.common.groups import groupings_of
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared, same_case
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.finished.access import needs_training
from faceaudit.audit.finished.cases import FinishedCase, parts_of
from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.identifier_keys import try_keys
from faceaudit.audit.finished.keyed import keys_of
from faceaudit.audit.finished.lists import read_lists
from faceaudit.audit.finished.membership import tell_members
from faceaudit.audit.finished.opening import (
    describe,
    drawn_rows,
    name_people,
    opened,
    own_labels,
    spread_rows,
)
from faceaudit.audit.finished.pair_keys import try_keys_on_pairs
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.audit.finished.recognition import recognise
from faceaudit.audit.finished.verification import PairsToAsk, build_unseen, verify
from faceaudit.faces.groups import Grouping
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.read import read_pairs
from faceaudit.records.finished import KIND, FinishedFacts
from faceaudit.store import CaseRecord
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import FaceSet


def prepare_jobs(plan: FinishedPlan, seed: int, work: Workspace) -> Prepared:
    """Return the jobs of a section: for each system, each part that can be asked of its role.

    Systems are opened and lists are read now, so that what cannot be used is found before anything
    is asked.

    Raises:
        InputError: a system cannot be opened, or a list not be read.
        SourceError: there are no faces to be had.
    """
    section = plan.model_dump(mode="json")
    cases = list(_cases(plan, seed, work))
    jobs = [
        Job(KIND, case.id, case.title, section, seed, _name_part(case), case.spec) for case in cases
    ]
    sources = [plan.faces, *([plan.unseen] if plan.unseen is not None else [])]
    sizes = dict.fromkeys(case.system.size for case in cases)
    found = [load_faces(source, size, work) for source in sources for size in sizes]
    return Prepared(
        jobs=tuple({job.id: job for job in jobs}.values()),
        left_out=(*(out for one in found for out in one.left_out), *_unlisted(plan, cases[0])),
        remarks=tuple(remark for one in found for remark in one.remarks),
    )


def run_job(job: Job, work: Workspace) -> CaseRecord:
    """Return what a job's case finds."""
    plan = FinishedPlan(**job.section)
    number, place = int(job.part["system"]), int(job.part["place"])
    case = list(_cases_of(plan, number, job.seed, work))[place]
    same_case(job, case.id)
    found = _ask(case)
    facts = FinishedFacts(
        system=describe(case.system),
        part=case.part,
        source=plan.faces.name,
        asked=found.asked,
        groups=found.groups,
        **found.facts,
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), found.figures, found.evidence)


def _cases(plan: FinishedPlan, seed: int, work: Workspace) -> Iterator[FinishedCase]:
    for number in range(len(plan.systems)):
        yield from _cases_of(plan, number, seed, work)


def _cases_of(
    plan: FinishedPlan, number: int, seed: int, work: Workspace
) -> Iterator[FinishedCase]:
    system = opened(plan, number, work)
    faces = load_faces(plan.faces, system.size, work).faces
    unseen = None if plan.unseen is None else load_faces(plan.unseen, system.size, work).faces
    name_people(system, (*faces.names, *(() if unseen is None else unseen.names)), work)
    for part, attack in parts_of(plan, system):
        yield FinishedCase(plan, number, system, faces, unseen, seed, part, attack)


def _name_part(case: FinishedCase) -> dict[str, int]:
    """Return which of the section's cases one is: its system's place, and its own among its."""
    parts = list(parts_of(case.plan, case.system))
    return {"system": case.number, "place": parts.index((case.part, case.attack))}


def _unlisted(plan: FinishedPlan, case: FinishedCase) -> Iterator[LeftOut]:
    """Yield what lists name and faces lack; ids do not depend on a system's size."""
    if plan.pairs is not None:
        yield from read_pairs(plan.pairs, case.faces).left_out
    if plan.members is not None:
        yield from read_lists(plan, case.faces).left_out


def _ask(case: FinishedCase) -> Found:
    plan, system, faces, seed = case.plan, case.system, case.faces, case.seed
    rows = drawn_rows(faces, plan.people, plan.photos, seed)
    if case.part == "access":
        return needs_training(system)
    if case.part == "verification":
        ask = _pairs_to_ask(case)
        return verify(system, ask, _groupings(case, ask.faces), seed=seed)
    if case.part == "membership":
        listed = read_lists(plan, faces)
        return tell_members(system, faces, listed, what=plan.listed, strict=plan.strict, seed=seed)
    if case.part == "recognition":
        assert isinstance(system, IdentifierUnderTest)
        return recognise(system, faces, rows, _groupings(case, faces), seed=seed)
    assert case.attack is not None
    keys = keys_of(case.attack, plan.other_keys)
    donors = faces.take(spread_rows(faces, rows, plan.donors, seed))
    if isinstance(system, IdentifierUnderTest):
        return try_keys(system, donors, keys, seed=seed, tests=plan.tests)
    return try_keys_on_pairs(system, donors, keys, most=plan.impostors, seed=seed, tests=plan.tests)


def _groupings(case: FinishedCase, faces: FaceSet) -> tuple[Grouping, ...]:
    """Return the groups of photos that are asked about; unseen people may lack an attribute."""
    plan = case.plan
    if faces is case.faces or plan.unseen is None or plan.pairs is not None:
        return groupings_of(faces, plan.faces, plan.groups)
    wanted = plan.groups and tuple(name for name in plan.groups if name in faces.attributes)
    return groupings_of(faces, plan.unseen, wanted)


def _pairs_to_ask(case: FinishedCase) -> PairsToAsk:
    """Return the plan's pairs, or pairs of people whom the system never saw."""
    plan, system, faces = case.plan, case.system, case.faces
    if plan.pairs is not None:
        return PairsToAsk(faces, read_pairs(plan.pairs, faces).pairs, None)
    of = faces if case.unseen is None else case.unseen
    rows = drawn_rows(of, plan.people, plan.photos, case.seed)
    unseen: bool | None = True if case.unseen is not None else None
    if isinstance(system, IdentifierUnderTest):
        strange = np.flatnonzero(own_labels(system.names, of) < 0)
        rows, unseen = np.intersect1d(rows, strange), True
    return build_unseen(of, rows, per_person=plan.per_person, seed=case.seed, unseen=unseen)
