"""What a plan would cost, found without computing any of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch.utils.flop_counter import FlopCounterMode

from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.audit.plan import Plan
from faceaudit.errors import SourceError
from faceaudit.faces.sources.base import Source, Survey
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network
from faceaudit.registry import digest
from faceaudit.training import Training


@dataclass(frozen=True)
class Cost:
    """An upper bound of the work in a plan; None where only reading the photos would tell.

    Attributes:
        people, photos: what the source holds, people too small for the split included.
        cases: results to come.
        trainings: systems to train; early stopping and equal poison samples may save some of it.
        shown: photos shown to networks while training, pretraining included.
        petaflop: floating-point operations of those trainings, in 10^15.
        packed_bytes: size of the packed photos on disk.
        missing: why the source could not be counted, or nothing; a run would fail for it.
    """

    people: int | None
    photos: int | None
    cases: int
    trainings: int
    training_photos: int | None
    petaflop: float | None
    packed_bytes: int | None
    missing: str = ""


def estimate_cost(plan: Plan) -> Cost:
    """Return what a plan would cost; no photo is read and nothing is trained.

    A plan can be checked where its photos are not: `missing` then says so, and what depends on them
    is unknown.
    """
    parts = []
    if plan.systems:
        parts.append(_backdoor_cost(plan))
    if plan.privacy is not None:
        parts.append(_privacy_cost(plan.privacy))
    return Cost(
        people=_sum([part.people for part in parts]),
        photos=_sum([part.photos for part in parts]),
        cases=sum(part.cases for part in parts),
        trainings=sum(part.trainings for part in parts),
        training_photos=_sum([part.training_photos for part in parts]),
        petaflop=_sum([part.petaflop for part in parts]),
        packed_bytes=_sum([part.packed_bytes for part in parts]),
        missing=next(filter(None, (part.missing for part in parts)), ""),
    )


N = TypeVar("N", int, float)


def _sum(parts: Sequence[N | None]) -> N | None:
    """Return a sum; it is unknown where a part is."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(parts) else None


def _surveyed(source: Source) -> tuple[Survey, str]:
    """Return what a source holds, and why that cannot be told."""
    try:
        return source.survey(), ""
    except SourceError as error:
        return Survey(people=None, photos=None), str(error)


def _backdoor_cost(plan: Plan) -> Cost:
    assert plan.faces is not None
    survey, missing = _surveyed(plan.faces)
    variants = sum(len(planned.variants()) for planned in plan.attacks)
    each = len(plan.seeds) * (1 + variants)
    shown, petaflop = 0, 0.0
    for system in plan.systems:
        people, last = survey.people or 0, system.learn == "last layer"
        forward, whole = _flop_of(system, people or 2)
        here = each * system.training.epochs * _per_epoch(system.training, plan.split) * people
        shown += here
        petaflop += here * (0 if last else whole) / 1e15
        if last:  # each photo goes through the network once, its mirror image too
            petaflop += (survey.photos or 0) * (1 + system.training.mirrored) * forward / 1e15
        more, missing_more = _pretraining_shown(system)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    return _cost(
        survey,
        sizes={system.network.size for system in plan.systems},
        cases=each * len(plan.systems),
        trainings=each * len(plan.systems),
        shown=shown,
        petaflop=petaflop,
        missing=missing,
    )


def _privacy_cost(plan: MembershipPlan) -> Cost:
    """Return what a privacy audit would cost; predictors are too small to count."""
    survey, missing = _surveyed(plan.faces)
    shown, petaflop = 0, 0.0
    for backbone in plan.backbones:
        forward, whole = _flop_of(backbone, 2)
        petaflop += (survey.photos or 0) * forward / 1e15
        more, missing_more = _pretraining_shown(backbone)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    trained = {digest(mitigation.trained_as()) for mitigation in plan.mitigations}
    return _cost(
        survey,
        sizes={backbone.network.size for backbone in plan.backbones},
        cases=len(plan.mitigations),
        trainings=len(trained) * plan.verifiers,
        shown=shown,
        petaflop=petaflop,
        missing=missing,
    )


def _cost(
    survey: Survey,
    *,
    sizes: set[tuple[int, int]],
    cases: int,
    trainings: int,
    shown: int,
    petaflop: float,
    missing: str,
) -> Cost:
    known = survey.people is not None
    packed = sum(height * width * 3 for height, width in sizes)
    return Cost(
        people=survey.people,
        photos=survey.photos,
        cases=cases,
        trainings=trainings,
        training_photos=shown if known else None,
        petaflop=petaflop if known and not math.isnan(petaflop) else None,
        packed_bytes=None if survey.photos is None else packed * survey.photos,
        missing=missing,
    )


def _pretraining_shown(plan: NetworkPlan) -> tuple[int, str]:
    """Return the photos shown while pretraining, or why nobody can tell."""
    pretraining = plan.pretraining
    if pretraining is None:
        return 0, ""
    try:
        people = pretraining.faces.survey().people or 0
    except SourceError as error:
        return 0, str(error)
    per_epoch = _per_epoch(pretraining.training, pretraining.split)
    return pretraining.training.epochs * per_epoch * people, ""


def _per_epoch(training: Training, split: SplitPlan) -> int:
    """Return how many photos of each person an epoch shows at most."""
    return training.per_person or split.train * (1 + training.mirrored)


def _flop_of(plan: NetworkPlan, people: int) -> tuple[float, float]:
    """Return the operations of a network; nobody counts what a foreign engine does."""
    return (math.nan, math.nan) if plan.network.is_file else _flop(plan.network, people)


def _flop(network: Network, people: int) -> tuple[float, float]:
    """Return the operations to embed one photo, and to learn from it.

    They are counted on tensors without memory.
    """
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        module = network.build().eval()
        head = torch.nn.Linear(module.embedding_size, people)
        photo = torch.empty((1, 3, *module.input_size))
        with FlopCounterMode(display=False) as forward:
            module(photo)
        with FlopCounterMode(display=False) as learning:
            head(module(photo)).sum().backward()
    return float(forward.get_total_flops()), float(learning.get_total_flops())
