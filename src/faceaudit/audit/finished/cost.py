"""The cost of a section on finished systems: nothing is trained, but each is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from faceaudit.audit.common.cost import Cost, looks_for_faces, section_cost, survey_source
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.errors import InputError
from faceaudit.faces.loaded import Survey
from faceaudit.files.lines import numbered_lines
from faceaudit.files.paths import expand
from faceaudit.systems.under_test.base import SystemUnderTest

ROLES = ("identifier", "verifier", "embedder")


def finished_cost(plan: FinishedPlan, *, look: bool) -> Cost:
    """Return an upper bound of what the section costs.

    Systems are not opened. Where a door does not say in which role its system is, questions are
    those of the role that is asked most; of several systems, those of the one asked most. A photo
    or a pair counts once each time that a part asks about it; a door that keeps answers asks less
    often.

    Args:
        plan: the section.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    cases = 3 + len(plan.attacks) + (plan.members is not None)
    cost = section_cost(
        survey,
        sizes=set(),
        cases=cases * len(plan.systems),
        trainings=0,
        training_photos=0,
        petaflop=0.0,
        missing=missing,
    )
    return replace(
        cost,
        packed_bytes=None,  # sizes are those of the systems, as is how often faces are looked for
        detections=None if looks_for_faces(plan.faces) else 0,
        queries=_count_queries(plan, survey) if look else None,
    )


def _count_queries(plan: FinishedPlan, survey: Survey) -> int | None:
    """Return how often each system is asked about a photo or a pair at most; None: not known."""
    unseen = None if plan.unseen is None else survey_source(plan.unseen, look=True)[0]
    photos, known_people = _limit(plan, survey)
    others = known_people if unseen is None else _limit(plan, unseen)[1]
    pairs = None if others is None else 2 * plan.per_person * others
    if plan.pairs is not None:
        pairs = _count_lines(plan.pairs)
    lists = 0
    if plan.members is not None and plan.nonmembers is not None:
        counts = [_count_lines(path) for path in (plan.members, plan.nonmembers)]
        if None in counts:
            return None
        each = 1 if plan.listed == "pairs" else 10
        lists = each * sum(count for count in counts if count is not None)
    if photos is None or pairs is None:
        return None
    keys = plan.tests
    identifier = photos + 2 * pairs + plan.donors * (len(plan.attacks) + keys) + 2 * lists
    verifier = 2 * pairs + plan.impostors * (len(plan.attacks) + 2 * keys) + lists
    by_role = {"identifier": identifier, "embedder": identifier, "verifier": verifier}
    return max(by_role[role] for door in plan.systems for role in _roles(door))


def _roles(door: SystemUnderTest) -> tuple[str, ...]:
    """Return the roles that a door's system may have, by its options."""
    option = type(door).model_fields.get("role")
    if option is None:
        return ROLES
    given = door.model_dump()["role"]
    if given in ROLES:
        return (given,)
    named = {word for part in get_args(option.annotation) for word in (part, *get_args(part))}
    return tuple(role for role in ROLES if role in named) or ROLES


def _limit(plan: FinishedPlan, survey: Survey) -> tuple[int | None, int | None]:
    """Return how many photos and people are asked about at most."""
    people, photos = survey.people, survey.photos
    if people is not None and plan.people is not None:
        people = min(people, plan.people)
    if people is not None and plan.photos is not None:
        photos = people * plan.photos if photos is None else min(photos, people * plan.photos)
    return photos, people


def _count_lines(path: str) -> int | None:
    try:
        return sum(1 for _ in numbered_lines(expand(path, error=InputError), InputError))
    except InputError:
        return None
