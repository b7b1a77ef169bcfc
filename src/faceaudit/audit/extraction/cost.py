"""The cost of an extraction section, and its work by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from faceaudit.audit.common.cost import (
    Cost,
    looks_for_faces,
    network_flop,
    photos_per_epoch,
    pretraining_photos,
    section_cost,
    survey_source,
    total_cost,
)
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.workload import Work, loading, pretraining_work
from faceaudit.audit.extraction.parts import Part, parts_of
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.faces.sources.base import Source
from faceaudit.training import Training


def sources_of(plan: ExtractionPlan) -> tuple[tuple[Source, tuple[int, int]], ...]:
    """Return the sources of a section, each with a size; those of pretraining last."""
    found: list[tuple[Source, tuple[int, int]]] = []
    more: list[tuple[Source, tuple[int, int]]] = []
    if plan.identifier is not None:
        victim, size = plan.identifier, plan.identifier.system.network.size
        shown = [victim.faces, *([victim.others] if needs_others(plan) else [])]
        found += [(source, each) for source in shown for each in (size, plan.network.size)]
        if victim.system.pretraining is not None:
            more.append((victim.system.pretraining.faces, size))
    if plan.verifier is not None:
        size = plan.verifier.embedder.network.size
        found += [(plan.verifier.faces, each) for each in (size, plan.network.size)]
        if plan.verifier.embedder.pretraining is not None:
            more.append((plan.verifier.embedder.pretraining.faces, size))
    return tuple(dict.fromkeys([*found, *more]))


def needs_others(plan: ExtractionPlan) -> bool:
    """Return whether photos of other people are needed: to ask about, or as a prior of faces."""
    victim = plan.identifier
    return victim is not None and ("others" in victim.asked or plan.inversion is not None)


def copies(parts: Sequence[Part]) -> int:
    """Return how many networks learn at most: a copy each, and a model with true labels."""
    return sum(
        1 + (part.role == "embedder" or part.asked == "enrolled")
        for part in parts
        if part.role != "verifier"
    )


def extraction_cost(plan: ExtractionPlan, seeds: Sequence[int], *, look: bool) -> Cost:
    """Return an upper bound of what the section costs; predictors cost next to nothing.

    Args:
        plan: the section.
        seeds: of the plan.
        look: whether photos may be counted.
    """
    parts = list(parts_of(plan))
    each = len(seeds)
    learned = copies(parts)
    whole = network_flop(plan.network, 100)[1] if look else 0.0
    shown = learned * each * plan.training.steps * plan.training.batch
    costs = []
    if plan.identifier is not None:
        system = plan.identifier.system
        survey, missing = survey_source(plan.identifier.faces, look=look)
        people = survey.people or 0
        here = system.training.epochs * people * each
        here *= photos_per_epoch(system.training, plan.identifier.split)
        before, lacking = pretraining_photos(system) if look else (0, "")
        flop = network_flop(system.network, people or 2)[1] if look else 0.0
        costs.append(
            section_cost(
                survey,
                sizes={system.network.size, plan.network.size},
                cases=sum(part.role == "identifier" for part in parts) * each,
                trainings=each,
                training_photos=here + before,
                petaflop=(here + before) * flop / 1e15,
                missing=missing or lacking,
                detects=looks_for_faces(plan.identifier.faces),
            )
        )
    if plan.verifier is not None:
        embedder = plan.verifier.embedder
        survey, missing = survey_source(plan.verifier.faces, look=look)
        before, lacking = pretraining_photos(embedder) if look else (0, "")
        forward, flop = network_flop(embedder.network, 100) if look else (0.0, 0.0)
        photos = survey.photos or 0
        costs.append(
            section_cost(
                survey,
                sizes={embedder.network.size, plan.network.size},
                cases=sum(part.role != "identifier" for part in parts) * each,
                trainings=0,
                training_photos=before,
                petaflop=(before * flop if before else 0.0) / 1e15 + photos * forward / 1e15,
                missing=missing or lacking,
                embeddings=photos,
                detects=looks_for_faces(plan.verifier.faces),
            )
        )
    total = total_cost(costs)
    return replace(
        total,
        trainings=total.trainings + learned * each,
        training_photos=None if total.training_photos is None else total.training_photos + shown,
        petaflop=None if total.petaflop is None else total.petaflop + shown * whole / 1e15,
    )


def extraction_work(plan: ExtractionPlan, seeds: Sequence[int]) -> Iterator[Work]:
    """Yield the work of the section by kind.

    Raises:
        SourceError: the photos cannot be counted.
    """
    parts = list(parts_of(plan))
    each = len(seeds)
    people = 100
    if plan.identifier is not None:
        victim = plan.identifier
        yield from loading(victim.faces, [victim.system.network.size, plan.network.size])
        if needs_others(plan):
            yield from loading(victim.others, [victim.system.network.size, plan.network.size])
        yield from pretraining_work(victim.system)
        people = survey_of(victim.faces).people or 2
        yield Work(
            "train",
            victim.system.training.epochs
            * each
            * people
            * photos_per_epoch(victim.system.training, victim.split),
            network=victim.system.network,
            training=victim.system.training,
            classes=people,
        )
    if plan.verifier is not None:
        embedder = plan.verifier.embedder
        yield from loading(plan.verifier.faces, [embedder.network.size, plan.network.size])
        yield from pretraining_work(embedder)
        yield Work("embed", survey_of(plan.verifier.faces).photos or 0, network=embedder.network)
    one = plan.training
    yield Work(
        "train",
        copies(parts) * each * one.steps * one.batch,
        network=plan.network,
        training=Training(
            batch=one.batch, learning_rate=one.learning_rate, device=one.device, threads=one.threads
        ),
        classes=people,
        jobs=max(1, copies(parts) * each) if one.threads is not None else 1,
    )
