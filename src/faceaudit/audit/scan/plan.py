"""The plan's section for scans of finished identifiers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.audit.common.systems import Faces, plain_values
from faceaudit.faces.sources.base import sources
from faceaudit.mitigations.scan import ScanStage, scan_stages
from faceaudit.registry import Options
from faceaudit.systems.under_test.base import SystemUnderTest, systems_under_test

Door = Annotated[
    SerializeAsAny[SystemUnderTest],
    BeforeValidator(systems_under_test.build),
    PlainSerializer(plain_values),
]
Stage = Annotated[
    SerializeAsAny[ScanStage], BeforeValidator(scan_stages.build), PlainSerializer(plain_values)
]
USUAL = ("patched_share", "key_bank", "shattered_directions", "trigger_inversion")


def usual_stages() -> tuple[ScanStage, ...]:
    """Return the stages of a plan that names none."""
    return tuple(scan_stages.build(name) for name in USUAL)


def usual_strangers() -> Faces:
    """Return the strangers of a plan that names none: people who do not exist."""
    values = {"source": "synthetic", "people": 400, "photos": 2, "sessions": 2, "seed": 901}
    return sources.build(values)


class ScanPlan(Options):
    """Finished systems to look for back doors in, and what to ask them about."""

    systems: tuple[Door, ...] = Field(
        min_length=1, description="finished identifiers, embedders and verifiers to scan"
    )
    strangers: Faces = Field(
        default_factory=usual_strangers,
        description="photos of people whom the systems do not know; none: people who do not exist",
    )
    photos: int = Field(
        600, ge=20, description="photos of strangers to ask about at most, drawn by seed"
    )
    stages: tuple[Stage, ...] = Field(
        default_factory=usual_stages,
        min_length=1,
        description="ways to look for targets of identifiers; embedders and verifiers name nobody",
    )
    preparations: bool = Field(
        default=True,
        description="whether to try the usual preparations of pixels, where the file of an "
        "identifier or embedder does not say which one its network takes",
    )
    universal_trigger: bool = Field(
        default=True,
        description="whether to seek, in embedders that give gradients, the smallest thing under "
        "which different people pass as one; shown beside that of clean networks, never decides",
    )
    fmr: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="false match rate that the threshold of embedders and verifiers is fixed at, "
        "on half of the strangers",
    )
    level: float = Field(
        0.05, gt=0, lt=0.5, description="chance of a verdict 'suspicious' without a back door"
    )
    references: int = Field(
        8,
        ge=0,
        le=200,
        description="clean networks of the same architecture to train on people who do not exist "
        "and to scan in the same way: the null, and the rate of false alarms; below 4 the other "
        "people of the scanned network are the null, which is blunter",
    )
    planted: int = Field(
        0,
        ge=0,
        le=200,
        description="such networks to train with a back door, which measures what a scan that "
        "finds nothing would have found",
    )
    reference_people: int = Field(
        30, ge=10, le=1000, description="people that a reference network learns from, at most"
    )

    @model_validator(mode="after")
    def _stages_once(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError("expected every stage once, got one twice; leave it out")
        if not any(stage.screens for stage in self.stages):
            raise ValueError(
                f"expected a stage that looks at every person, got {', '.join(names)}; add "
                "patched_share"
            )
        return self
