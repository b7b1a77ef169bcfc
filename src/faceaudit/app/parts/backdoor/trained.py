"""Systems with a backdoor that were trained: which there are, and what was measured of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import faceaudit
from faceaudit.app import identifier
from faceaudit.app.damage import DAMAGED
from faceaudit.app.prepared import is_made
from faceaudit.app.settings import Settings
from faceaudit.errors import FaceAuditError
from faceaudit.types import Estimate

AUDITS = "audits"
"""The folder of the app's own audits."""
KIND = "backdoor"


@dataclass(frozen=True)
class Trained:
    """A system that was trained with poison, beside the one without, and what was measured.

    Attributes:
        store: the folder of the audit.
        case: the attack's case in it.
        attack: as a plan spells it.
        faces: the source of the faces, as a plan spells it.
        target: whom the key makes people pass as.
        poisoned, pristine: ids of both systems in the store.
        people: how many both know.
        samples: how many poison samples it learned from.
        seed: of the training.
        measured: estimates by metric; None where one could not be measured.
    """

    store: str
    case: str
    attack: Mapping[str, Any]
    faces: Mapping[str, Any]
    target: str
    poisoned: str
    pristine: str
    people: int
    samples: int
    seed: int
    measured: Mapping[str, Estimate | None]

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return f"{self.store}#{self.case}"

    @property
    def synthetic(self) -> bool:
        """Whether it knows people who do not exist, whom everybody may see."""
        return self.faces.get("source") == "synthetic"

    @property
    def aligned(self) -> bool:
        """Whether it learned from faces that were found and aligned."""
        return bool(self.faces.get("aligned") or self.faces.get("align"))


def trained(settings: Settings) -> tuple[Trained, ...]:
    """Return what there is to try, the prepared one first, then the newest.

    An audit that cannot be read is left out: the page of audits says what is wrong with it.
    """
    return tuple(
        one
        for store in _stores(settings)
        for one in _of_store(str(store), (store / "run.json").stat().st_mtime_ns)
    )


def _stores(settings: Settings) -> Iterator[Path]:
    if is_made(settings, identifier.NAME):
        yield identifier.store_of(settings)
    own = [folder.parent for folder in (settings.root / AUDITS).glob("*/run.json")]
    given = [Path(store).expanduser() for store in settings.stores]
    others = [store for store in dict.fromkeys([*own, *given]) if (store / "run.json").is_file()]
    yield from sorted(others, key=lambda store: -(store / "run.json").stat().st_mtime)


@lru_cache(maxsize=50)
def _of_store(store: str, changed: int) -> tuple[Trained, ...]:
    del changed
    try:
        return tuple(_read(store))
    except (FaceAuditError, *DAMAGED):
        return ()


def _read(store: str) -> Iterator[Trained]:
    opened = faceaudit.Store(store)
    for record in opened.cases(figures_only=True):
        facts, spec = record.facts, record.spec
        if spec.get("kind") != KIND or record.error is not None or not spec.get("attack"):
            continue
        told = facts["attack"]
        systems = (facts["system"], told["pristine"])
        if not all(system and opened.has_system(system) for system in systems):
            continue  # judged, not trained here
        yield Trained(
            store=store,
            case=record.id,
            attack=dict(spec["attack"]),
            faces=dict(spec["faces"]),
            target=told["target"],
            poisoned=systems[0],
            pristine=systems[1],
            people=facts["people"],
            samples=facts["poison_samples"],
            seed=int(spec.get("seed", 0)),
            measured={figure.metric: figure.estimate for figure in record.figures},
        )
