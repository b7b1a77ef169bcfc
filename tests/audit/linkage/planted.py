"""Linkage audits of planted templates: no photo is embedded."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np

from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.parties import deal_parties
from faceaudit.audit.linkage.cases import LinkageCase, cases_of
from faceaudit.audit.linkage.comparing import LinkedPeople
from faceaudit.audit.linkage.plan import LinkagePlan
from faceaudit.audit.linkage.scenario import LinkageScenario
from faceaudit.metrics import normalized
from faceaudit.types import FaceSet, FloatArray

PEOPLE, PHOTOS, SIZE = 240, 3, 24
NETWORK = {"network": "deepid", "pretraining": {"faces": {"source": "synthetic", "seed": 1}}}


@dataclass
class PlantedFaces:
    """Faces of which only who is on them and their templates by each network are known."""

    found: tuple[FloatArray, ...]
    session: int = 1
    _built: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def faces(self) -> FaceSet:
        person = np.repeat(np.arange(PEOPLE), PHOTOS)
        return FaceSet(
            images=np.zeros((len(person), 1, 1, 3), dtype=np.uint8),
            identity=person,
            names=tuple(f"synthetic-{one:04d}" for one in range(PEOPLE)),
            ids=tuple(f"synthetic-{who:04d}/{row:04d}" for row, who in enumerate(person)),
            group=np.arange(len(person)) // self.session,
            fingerprint="planted",
        )

    def __len__(self) -> int:
        return len(self.found)

    def titles(self) -> tuple[str, ...]:
        return tuple(f"network {number}" for number in range(len(self.found)))

    def identity(self) -> dict[str, Any]:
        return {"fingerprints": ["planted"], "embedders": list(self.titles())}

    def templates(self, number: int) -> FloatArray:
        return self.found[number]


def people_apart(noise: float, *, seed: int = 0, size: int = SIZE) -> FloatArray:
    """Return templates of all photos: a direction a person, and noise of this length."""
    rng = np.random.default_rng(seed)
    who = normalized(rng.normal(size=(PEOPLE, size)).astype(np.float32))
    each = rng.normal(0, noise / np.sqrt(size), (PEOPLE * PHOTOS, size))
    return normalized((np.repeat(who, PHOTOS, axis=0) + each).astype(np.float32))


def plan_of(**options: Any) -> LinkagePlan:
    """Return a plan for planted faces."""
    usual: dict[str, Any] = {
        "faces": {"source": "synthetic"},
        "embedders": [NETWORK],
        "parties": {"attacked": 60},
        "photos": [200],
        "fmrs": [0.1, 0.01],
        "fpirs": [0.1],
        "untrained": False,
    }
    return LinkagePlan(**(usual | options))


def scenario_of(
    *found: FloatArray,
    seed: int = 0,
    session: int = 1,
    plan: LinkagePlan | None = None,
    **options: Any,
) -> LinkageScenario:
    """Return the scenario of planted templates, one array a network; so many photos a session."""
    embedded = PlantedFaces(found, session)
    section = plan or plan_of(embedders=[NETWORK] * len(found), **options)
    parties = deal_parties(embedded.faces, section.parties, seed)
    return LinkageScenario(section, seed, cast("EmbeddedFaces", embedded), parties)


def case_of(scenario: LinkageScenario, attack: str, second: str = "alike") -> LinkageCase:
    """Return the first case with an attack."""
    return next(
        one
        for one in cases_of(scenario)
        if one.tried.attack.name == attack and one.tried.second == second
    )


def people_of(scenario: LinkageScenario, attack: str, second: str = "alike") -> LinkedPeople:
    """Return the comparisons of that case."""
    return LinkedPeople(case_of(scenario, attack, second))
