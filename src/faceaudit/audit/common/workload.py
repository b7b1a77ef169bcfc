"""The work of a section by kind, so that a short timing of each tells how long all of it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.faces.sources.base import Source
from faceaudit.networks.base import Network
from faceaudit.training.options import Training

Kind = Literal["load", "embed", "train", "recognise", "verifiers"]


@dataclass(frozen=True)
class Work:
    """Many steps of one kind.

    Attributes:
        kind: load: photos read, or rendered, and brought to a size; embed: photos embedded; train:
            photos that a network learns from; recognise: photos shown to a trained identifier;
            verifiers: attacks on one verifier.
        steps: how many; of verifiers, in units of the reference in `faceaudit.audit.calibration`.
        part: what other parts of the run it is done in: "before" the cases, or in them.
        source: what to load.
        network: what embeds, learns or recognises.
        size: height and width, of what is loaded.
        training: how a network learns.
        classes: people that an identifier tells apart.
        jobs: how many may run side by side, each with `training.threads`.
    """

    kind: Kind
    steps: float
    part: Literal["before", "cases"] = "cases"
    source: Source | None = None
    network: Network | None = None
    size: tuple[int, int] = (0, 0)
    training: Training | None = None
    classes: int = 2
    jobs: int = 1


def loaded_faces(
    source: Source, networks: Sequence[NetworkPlan]
) -> tuple[tuple[Source, tuple[int, int]], ...]:
    """Return the faces of an audit at each network's size, and those that each is pretrained on."""
    found = [(source, one.network.size) for one in networks]
    found += [(one.pretraining.faces, one.network.size) for one in networks if one.pretraining]
    return tuple(dict.fromkeys(found))


def loading(source: Source, sizes: Sequence[tuple[int, int]]) -> Iterator[Work]:
    """Yield the loading of a source at each size."""
    photos = survey_of(source).photos
    for size in dict.fromkeys(sizes):
        if photos is not None:
            yield Work("load", photos, "before", source=source, size=size)


def pretraining_work(plan: NetworkPlan) -> Iterator[Work]:
    """Yield what pretraining a network takes, if it is pretrained."""
    pretraining = plan.pretraining
    if pretraining is None:
        return
    yield from loading(pretraining.faces, [plan.network.size])
    people = survey_of(pretraining.faces).people or 0
    training, split = pretraining.training, pretraining.split
    each = training.per_person or split.train * (1 + training.mirrored)
    yield Work(
        "train",
        training.epochs * each * people,
        network=plan.network,
        training=training,
        classes=people,
    )
