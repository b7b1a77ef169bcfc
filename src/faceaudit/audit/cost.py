"""What a plan would cost, found without computing any of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from faceaudit.audit.plan import Plan, Pretraining
from faceaudit.errors import SourceError
from faceaudit.faces.source import Survey
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network
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
    shown: int | None
    petaflop: float | None
    packed_bytes: int | None
    missing: str = ""


def estimate_cost(plan: Plan) -> Cost:
    """Return what a plan would cost; no photo is read and nothing is trained.

    A plan can be checked where its photos are not: `missing` then says so, and what depends on them
    is unknown.
    """
    missing = ""
    try:
        survey = plan.faces.survey()
    except SourceError as error:
        survey, missing = Survey(people=None, photos=None), str(error)
    variants = sum(len(planned.variants()) for planned in plan.attacks)
    each = len(plan.seeds) * (1 + variants)
    shown, petaflop = 0, 0.0
    for system in plan.systems:
        people, last = survey.people or 0, system.learn == "last layer"
        if system.network.frozen:  # nobody counts what a foreign engine does
            forward = whole = math.nan
        else:
            forward, whole = _flop(system.network, people or 2)
        here = each * system.training.epochs * _per_epoch(system.training, plan.split) * people
        shown += here
        petaflop += here * (0 if last else whole) / 1e15
        if last:  # each photo goes through the network once, its mirror image too
            petaflop += (survey.photos or 0) * (1 + system.training.mirrored) * forward / 1e15
        if system.pretraining is not None:
            more, missing_more = _pretraining_shown(system.pretraining)
            shown += more
            petaflop += more * whole / 1e15
            missing = missing or missing_more
    sizes = {system.network.size for system in plan.systems}
    packed = sum(height * width * 3 for height, width in sizes)
    known = survey.people is not None
    return Cost(
        people=survey.people,
        photos=survey.photos,
        cases=each * len(plan.systems),
        trainings=each * len(plan.systems),
        shown=shown if known else None,
        petaflop=petaflop if known and not math.isnan(petaflop) else None,
        packed_bytes=None if survey.photos is None else packed * survey.photos,
        missing=missing,
    )


def _pretraining_shown(pretraining: Pretraining) -> tuple[int, str]:
    """Return the photos shown while pretraining, or why nobody can tell."""
    try:
        people = pretraining.faces.survey().people or 0
    except SourceError as error:
        return 0, str(error)
    per_epoch = _per_epoch(pretraining.training, pretraining.split)
    return pretraining.training.epochs * per_epoch * people, ""


def _per_epoch(training: Training, split: SplitPlan) -> int:
    """Return how many photos of each person an epoch shows at most."""
    return training.per_person or split.train * (1 + training.mirrored)


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
