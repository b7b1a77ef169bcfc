"""What a plan would cost, found without computing any of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from faceaudit.audit.plan import Plan, SystemPlan
from faceaudit.errors import SourceError
from faceaudit.faces.source import Survey


@dataclass(frozen=True)
class Cost:
    """An upper bound of the work in a plan; None where only reading the photos would tell.

    Attributes:
        people, photos: what the source holds, people too small for the split included.
        cases: results to come.
        trainings: systems to train; early stopping and equal poison samples may save some of it.
        shown: photos shown to networks while training.
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
        per_epoch = system.training.per_person or plan.split.train
        here = each * system.training.epochs * per_epoch * (survey.people or 0)
        shown += here
        petaflop += here * _flop(system, survey) / 1e15
    sizes = {system.network.size for system in plan.systems}
    packed = sum(height * width * 3 for height, width in sizes)
    known = survey.people is not None
    return Cost(
        people=survey.people,
        photos=survey.photos,
        cases=each * len(plan.systems),
        trainings=each * len(plan.systems),
        shown=shown if known else None,
        petaflop=petaflop if known else None,
        packed_bytes=None if survey.photos is None else packed * survey.photos,
        missing=missing,
    )


def _flop(system: SystemPlan, survey: Survey) -> float:
    """Return the operations to learn from one photo, counted on tensors without memory."""
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        network = system.network.build()
        head = torch.nn.Linear(network.embedding_size, survey.people or 2)
        photo = torch.empty((1, 3, *network.input_size))
        with FlopCounterMode(display=False) as counter:
            head(network(photo)).sum().backward()
    return float(counter.get_total_flops())
