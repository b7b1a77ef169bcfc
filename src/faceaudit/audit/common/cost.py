"""The cost of a section of a plan, told without computing any of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.deferred import deferred
from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.faces.split import SplitPlan
from faceaudit.networks.base import Network
from faceaudit.training.options import Training

if TYPE_CHECKING:
    import torch
    from torch.utils import flop_counter

    from faceaudit.networks.common import split_network
else:
    torch = deferred("torch")
    flop_counter = deferred("torch.utils.flop_counter")
    split_network = deferred("faceaudit.networks.common.split_network")

N = TypeVar("N", int, float)
KNOWN = 4096
"""Networks whose operations are remembered: each of a thousand systems may have one of its own."""


@dataclass(frozen=True)
class Cost:
    """An upper bound of the work in a plan; None where only reading the photos would tell.

    Attributes:
        people, photos: in the source, people too small for the split included.
        cases: results to come.
        trainings: systems to train; early stopping and equal poison samples may save some of it.
        training_photos: photos shown to networks while training, pretraining included.
        petaflop: floating-point operations of those trainings, in 10^15.
        packed_bytes: size of the packed photos on disk.
        missing: why the source could not be counted, or nothing; a run would fail for it.
        detections: photos in which a face is looked for, once for each size they get.
        embeddings: photos that trained networks embed, those with keys on them included.
        queries: photos and pairs that each finished system is asked about.
    """

    people: int | None
    photos: int | None
    cases: int
    trainings: int
    training_photos: int | None
    petaflop: float | None
    packed_bytes: int | None
    missing: str = ""
    detections: int | None = 0
    embeddings: int | None = 0
    queries: int | None = 0


def total_cost(parts: Sequence[Cost]) -> Cost:
    """Return the sum of costs; a figure is unknown where one of the parts' is."""
    sums: dict[str, Any] = {
        field.name: _sum_known([getattr(part, field.name) for part in parts])
        for field in fields(Cost)
        if field.name != "missing"
    }
    return Cost(**sums, missing=next(filter(None, (part.missing for part in parts)), ""))


def _sum_known(parts: Sequence[N | None]) -> N | None:
    """Return a sum; it is unknown where a part is."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(parts) else None


def survey_source(source: Source, *, look: bool) -> tuple[Survey, str]:
    """Return what a source holds, and why that cannot be told; unknown where nobody may look."""
    if look:
        try:
            return survey_of(source), ""
        except SourceError as error:
            return Survey(people=None, photos=None), str(error)
    return Survey(people=None, photos=None), ""


def section_cost(
    survey: Survey,
    *,
    sizes: set[tuple[int, int]],
    cases: int,
    trainings: int,
    training_photos: int,
    petaflop: float,
    missing: str,
    embeddings: int = 0,
    detects: bool = False,
) -> Cost:
    """Return the cost of a section whose faces are surveyed.

    Args:
        survey: people and photos, or None where they are unknown.
        sizes: height and width of the photos that are packed.
        cases: as `Cost` has them.
        trainings: likewise.
        missing: likewise.
        training_photos: counted for no people where the survey does not know them.
        petaflop: likewise; NaN where an engine's operations cannot be counted.
        embeddings: likewise.
        detects: whether faces are looked for when photos are packed.
    """
    known = survey.people is not None
    packed = sum(height * width * 3 for height, width in sizes)
    return Cost(
        people=survey.people,
        photos=survey.photos,
        cases=cases,
        trainings=trainings,
        training_photos=training_photos if known else None,
        petaflop=petaflop if known and not math.isnan(petaflop) else None,
        packed_bytes=None if survey.photos is None else packed * survey.photos,
        missing=missing,
        detections=survey.photos and survey.photos * len(sizes) * detects,
        embeddings=embeddings if known else None,
    )


def looks_for_faces(source: Source) -> bool:
    """Return whether a source looks for the face in each photo."""
    return isinstance(source, PhotoSource) and source.align is not None


def pretraining_photos(plan: NetworkPlan) -> tuple[int, str]:
    """Return the photos shown while pretraining, or why nobody can tell."""
    pretraining = plan.pretraining
    if pretraining is None:
        return 0, ""
    try:
        people = survey_of(pretraining.faces).people or 0
    except SourceError as error:
        return 0, str(error)
    per_epoch = photos_per_epoch(pretraining.training, pretraining.split)
    return pretraining.training.epochs * per_epoch * people, ""


def photos_per_epoch(training: Training, split: SplitPlan) -> int:
    """Return how many photos of each person an epoch shows at most, poison samples aside."""
    return training.per_person or split.train * (1 + training.mirrored)


@lru_cache(maxsize=KNOWN)
def network_flop(network: Network, people: int) -> tuple[float, float]:
    """Return the floating-point operations to embed one photo, and to learn from it.

    They are counted on tensors without memory, once for each network; NaN for a network in a file,
    whose engine cannot be counted.

    Args:
        network: the network.
        people: enrolled, the width of the last layer that learns.
    """
    if network.is_file:
        return math.nan, math.nan
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        module = network.build().eval()
        head = torch.nn.Linear(module.embedding_size, people)
        photo = torch.empty((1, 3, *module.input_size))
        with flop_counter.FlopCounterMode(display=False) as forward:
            module(photo)
        with flop_counter.FlopCounterMode(display=False) as learning:
            head(module(photo)).sum().backward()
    return float(forward.get_total_flops()), float(learning.get_total_flops())


@lru_cache(maxsize=KNOWN)
def last_block_flop(network: Network, people: int) -> float:
    """Return the floating-point operations to learn one photo in a network's last block and a head.

    Those of the whole network where it does not say which of its layers are the last block.

    Args:
        network: the network.
        people: enrolled, the width of the head.
    """
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        module = network.build().eval()
        if not isinstance(module, split_network.SplitNetwork):
            return network_flop(network, people)[1]
        head = torch.nn.Linear(module.embedding_size, people)
        with torch.no_grad():
            maps = module.trunk(torch.empty((1, 3, *module.input_size)))
        with flop_counter.FlopCounterMode(display=False) as learning:
            head(module.finish(maps)).sum().backward()
    return float(learning.get_total_flops())
