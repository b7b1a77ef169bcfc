"""What an identifier adds to the cost and the work of an inversion section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from faceaudit.attacks.inversion.templates import TemplateInversion
from faceaudit.audit.common.cost import (
    Cost,
    looks_for_faces,
    network_flop,
    photos_per_epoch,
    pretraining_photos,
    section_cost,
    survey_source,
)
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.workload import Work, loading, pretraining_work
from faceaudit.audit.inversion.identifier_plan import IdentifierPlan
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import Access

STEP = 3
"""Embeddings that a step through a network and back takes as long as."""
TAUGHT = 32
"""Pictures in each step of an attack that learns through the network."""
JUDGED = 5
"""Pictures of each attacked person that are judged: the rebuilt one and four others."""


def attacked_people(plan: InversionPlan) -> int:
    """Return how many people are attacked at most: no more than half of those there are."""
    people = survey_of(plan.faces).people
    asked = plan.parties.attacked
    return asked if people is None else min(asked, people // 2)


def pictures_shown(attack: object) -> int:
    """Return how many pictures an attack shows a network for each person, by its own options.

    A step of descent counts for three. An attack that only has templates shows it none, and one
    that learns through the network shows it none of any one person: see `pictures_taught`.
    """
    if isinstance(attack, TemplateInversion):
        if isinstance(inner := getattr(attack, "inversion", None), TemplateInversion):
            return pictures_shown(inner)
        if attack.access == Access.EMBEDDINGS or getattr(attack, "refine", False):
            return 0
    return int(getattr(attack, "queries", 0) + STEP * getattr(attack, "steps", 0))


def pictures_taught(attacks: Iterable[TemplateInversion]) -> int:
    """Return how many pictures attacks that learn through a network show it, all in all.

    Those that learn the same learn it once.
    """
    taught: dict[str, int] = {}
    for attack in attacks:
        learning = getattr(attack, "inversion", attack)
        if getattr(learning, "refine", False):
            steps = int(getattr(learning, "shown", 0))
            taught[digest(learning.identity())] = TAUGHT * STEP * steps
    return sum(taught.values())


def identifier_cost(plan: InversionPlan, seeds: Sequence[int], *, look: bool) -> Cost:
    """Return what the identifier of a section costs: a training a seed, and the attacks on it."""
    part = plan.identifier
    assert part is not None
    survey, missing = survey_source(part.faces, look=look)
    shown, petaflop = 0, 0.0
    if look:
        forward, whole = network_flop(part.system.network, survey.people or 2)
        shown = len(seeds) * _training_photos(part, survey.people or 0)
        petaflop = shown * whole / 1e15
        petaflop += len(seeds) * _asked(plan, part) * forward / 1e15
        more, lacking = pretraining_photos(part.system)
        shown, missing = shown + more, missing or lacking
        petaflop += more * whole / 1e15 if more else 0.0
    return section_cost(
        survey,
        sizes={part.system.network.size} if look else set(),
        cases=len(seeds) * len(part.attacks),
        trainings=len(seeds),
        training_photos=shown,
        petaflop=petaflop,
        missing=missing,
        embeddings=len(seeds) * _asked(plan, part),
        detects=looks_for_faces(part.faces),
    )


def identifier_work(plan: InversionPlan, seeds: Sequence[int]) -> Iterator[Work]:
    """Yield the work that the identifier of a section takes."""
    part = plan.identifier
    assert part is not None
    people = survey_of(part.faces).people or 0
    yield from loading(part.faces, [part.system.network.size, plan.embedders[0].network.size])
    yield from pretraining_work(part.system)
    yield Work(
        "train",
        len(seeds) * _training_photos(part, people),
        network=part.system.network,
        training=part.system.training,
        classes=people,
    )
    yield Work(
        "recognise",
        len(seeds) * _asked(plan, part),
        network=part.system.network,
        training=part.system.training,
        classes=people,
    )


def _training_photos(part: IdentifierPlan, people: int) -> int:
    training = part.system.training
    return training.epochs * people * photos_per_epoch(training, part.split)


def _asked(plan: InversionPlan, part: IdentifierPlan) -> int:
    """Return how many pictures it is shown under a seed, by attacks and by their nulls."""
    shown = sum(2 * pictures_shown(attack) + JUDGED for attack in part.attacks)
    return shown * part.attacked * plan.trials
