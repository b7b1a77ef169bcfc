"""Networks and faces that are small and known, and scenarios built of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.parties import PartiesPlan, deal_parties
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.inverted import Judging
from faceaudit.audit.inversion.scenario import InversionScenario
from faceaudit.faces.loaded import Loaded
from faceaudit.records.backbone import FileBackboneFacts
from faceaudit.systems.embedding.embedder import Embedder
from helpers.faces import blocks

SIZE = (40, 40)


@dataclass(frozen=True, eq=False)
class Ready:
    """A network that is here already, in the place of a backbone."""

    of: Embedder

    @property
    def id(self) -> str:
        return self.of.id

    def state(self) -> Mapping[str, torch.Tensor]:
        return self.of.state()

    def embedder(self, device: torch.device) -> Embedder:
        return self.of

    def facts(self) -> FileBackboneFacts:
        return FileBackboneFacts(file="stub.pt", sha256="0")


def network(seed: int, width: int = 24) -> Embedder:
    """A random linear map of pixels, by which people of `blocks` are told apart."""
    torch.manual_seed(seed)
    flat = torch.nn.Linear(3 * SIZE[0] * SIZE[1], width, bias=False)
    return Embedder.wrap(torch.nn.Sequential(torch.nn.Flatten(), flat), size=SIZE)


def scenario(
    folder: Path,
    *,
    people: int = 30,
    networks: int = 2,
    attacked: int = 8,
    fmrs: tuple[float, ...] = (0.1,),
    **rules: Any,
) -> InversionScenario:
    """A scenario of people of coarse patterns and random linear networks."""
    faces = blocks(people=people, photos=4, size=SIZE)
    embedders = [network(number) for number in range(networks)]
    work = Workspace(folder)
    embedded = EmbeddedFaces(
        tuple(NetworkPlan(network=one.network) for one in embedders),
        (Loaded(faces),) * networks,
        tuple(map(Ready, embedders)),
        work,
    )
    parties = deal_parties(faces, PartiesPlan(attacked=attacked), 0)
    return InversionScenario(Judging(fmrs, None, **rules), 0, embedded, parties, work)


def found(images: Any, *, solved: Any = None, queries: int = 0) -> Reconstructions:
    """Faces as an attack gives them back."""
    count = len(images)
    solved = np.ones(count, dtype=bool) if solved is None else np.asarray(solved)
    return Reconstructions(images, solved, np.full(count, queries))
