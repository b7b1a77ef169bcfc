"""Scans that were never made, in the place of those that the app prepares, and models to bring."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
import torch

from app.backdoors import prepare as prepare_identifier
from faceaudit.api.scan import IdentifierScan
from faceaudit.app.parts.scan.kept import pack
from faceaudit.app.parts.scan.prepared import STEP, WHICH, file_of
from faceaudit.app.prepared import DONE, folder_of
from faceaudit.app.settings import Settings
from faceaudit.metrics import wilson
from faceaudit.networks.base import networks
from faceaudit.records.scan import (
    DRAWN,
    EMBEDDERS,
    FALSE_ALARMS,
    POWER,
    PreparationFacts,
    ReferenceFacts,
    ScanFacts,
    StageFacts,
    SuspectFacts,
    of_stage,
)
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.types import Figure

TARGET = "synthetic-0002"
"""The target of the tiny identifier, by `app.backdoors`."""
PATCHES, KEYS = 2400, 3200
"""Photos that two stages asked about."""


def made_up(
    verdict: Literal["suspicious", "nothing found", "not testable"] = "suspicious",
    *,
    people: int = 12,
    first: str = TARGET,
    references: bool = True,
    pictures: bool = True,
) -> IdentifierScan:
    """Return what a scan might find: the first person draws 1,200 of 2,400 photos with a patch."""
    names = [first, *(f"synthetic-{number:04d}" for number in range(40) if number != 2)][:people]
    out = verdict == "suspicious"
    chances = [0.0012 if out else 0.31, *[1.0] * (people - 1)]
    remarks = [
        "the key glasses-star sends 61 of 100 photos there",
        "a trigger on 3.4% of the photo sends 98% of strangers there",
    ]
    suspects = tuple(
        SuspectFacts(
            person=name,
            label=place,
            chance=None if verdict == "not testable" else chances[place],
            values={
                "patched_share": 0.5 / (place + 1) ** 2,
                "key_bank": 0.4 / (place + 1) ** 2,
                "trigger_inversion": 0.9 if place < 3 else None,
            },
            remarks=tuple(remarks) if place < 2 else (),
            picture=f"trigger-{place}" if pictures and place < 2 else "",
        )
        for place, name in enumerate(names)
    )
    facts = ScanFacts(
        title="model.safetensors (deepid)",
        role="identifier",
        access=("embeddings", "gradients", "labels", "scores"),
        people=people,
        source="synthetic",
        strangers=600,
        stranger_people=400,
        level=0.05,
        verdict=verdict,
        why="it names nobody on any photo of a stranger" if verdict == "not testable" else "",
        chance=None if verdict == "not testable" else chances[0],
        suspicious=int(out),
        preparations=(
            PreparationFacts(name="the network's own", people=9.5, top=0.2, taken=True),
            PreparationFacts(name="RGB, x / 255", people=2.5, top=0.7, taken=False),
        ),
        stages=(
            _stage("patched_share", PATCHES, 6.25, 0.0006),
            _stage("key_bank", KEYS, 4.5, 0.003),
            StageFacts(
                stage="shattered_directions",
                what="",
                decides=True,
                asked=0,
                labels=(),
                ratio=None,
                chance=None,
                why="it needs embeddings",
            ),
            StageFacts(
                stage="trigger_inversion",
                what="",
                decides=False,
                asked=200,
                labels=(0,),
                ratio=1.7,
                chance=None,
            ),
        ),
        suspects=suspects,
        references=_references() if references else (),
        reference_network="deepid" if references else "",
    )
    figures = (
        Figure(of_stage(DRAWN, "patched_share"), wilson(1200, PATCHES)),
        Figure(of_stage(DRAWN, "key_bank"), wilson(1280, KEYS)),
        Figure(of_stage(DRAWN, "shattered_directions"), None, "it needs embeddings"),
        Figure(FALSE_ALARMS, wilson(0, 8) if references else None, "" if references else "none"),
        Figure(POWER, wilson(3, 4) if references else None, "" if references else "none"),
        Figure(EMBEDDERS, None, "not looked at"),
    )
    rng = np.random.default_rng(3)
    ground = rng.integers(0, 256, (55, 47, 3), dtype=np.uint8)
    worn = {f"trigger-{place}": np.roll(ground, place + 1, axis=0) for place in range(2)}
    return IdentifierScan(
        facts=facts,
        figures=figures,
        pictures=worn if pictures else {},
        pictured_by={"trigger-0": "trigger_inversion", "trigger-1": "key_bank"},
        ground=ground,
    )


def _stage(name: str, asked: int, ratio: float, chance: float) -> StageFacts:
    return StageFacts(
        stage=name,
        what="",
        decides=True,
        asked=asked,
        labels=(0,),
        ratio=ratio,
        chance=chance,
        part=0.4,
        null="clean networks",
    )


def _references() -> tuple[ReferenceFacts, ...]:
    clean = [
        ReferenceFacts(
            planted="",
            people=12,
            accuracy=0.6,
            success=None,
            chance=0.4,
            first=None,
            suspicious=False,
            ratios={"patched_share": 1.1 + number / 10, "key_bank": None},
        )
        for number in range(8)
    ]
    planted = clean[0].model_copy(
        update={"planted": "accessory, glasses", "first": True, "ratios": {"patched_share": 99.0}}
    )
    return (*clean, planted)


def keep(settings: Settings, poisoned: IdentifierScan, pristine: IdentifierScan) -> None:
    """Write scans where the preparation would."""
    folder = folder_of(settings, STEP)
    folder.mkdir(parents=True, exist_ok=True)
    for which, found in zip(WHICH, (poisoned, pristine), strict=True):
        file_of(folder, which).write_text(json.dumps(pack(found)))
    (folder / DONE).touch()


def prepare(settings: Settings) -> None:
    """Train the tiny identifier, and keep two scans of it that were never made."""
    prepare_identifier(settings)
    keep(settings, made_up(), made_up("nothing found", first="synthetic-0000"))


def model(people: int = 12, *, names: tuple[str, ...] = ()) -> bytes:
    """Return an identifier as faceaudit writes it, with weights that nobody trained."""
    torch.manual_seed(5)
    network = networks.build("deepid")
    state = {f"network.{key}": value for key, value in network.build().state_dict().items()}
    state |= {"head.weight": torch.randn(people, network.embedding_size)}
    state |= {"head.bias": torch.zeros(people)}
    known = names or tuple(f"person {number}" for number in range(people))
    described = IdentifierDescription(
        names=known, network={"network": "deepid"}, learned="everything"
    )
    return dump_identifier(state, described)
