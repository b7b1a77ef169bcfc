"""The part of an inversion section that is about an identifier: the faces of those it knows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny

from faceaudit.attacks.inversion.identifiers import IdentifierInversion, identifier_inversions
from faceaudit.audit.common.systems import Faces, SystemPlan, plain_values
from faceaudit.faces.split import SplitPlan
from faceaudit.registry import Options

IdentifierAttack = Annotated[
    SerializeAsAny[IdentifierInversion],
    BeforeValidator(identifier_inversions.build),
    PlainSerializer(plain_values),
]


class IdentifierPlan(Options):
    """An identifier to train, and the attacks that rebuild the faces of those it knows.

    It knows other people than the section's `faces`: of those, one party is what the attacker
    learns from, and another fixes the thresholds at which faces are accepted.
    """

    faces: Faces = Field(description="the people it is to know")
    split: SplitPlan = Field(
        SplitPlan(donors=0),
        description="which of their photos train it; rebuilt faces are held against its test "
        "photos, which it never saw",
    )
    system: SystemPlan = Field(description="the network, and how it is trained")
    attacks: tuple[IdentifierAttack, ...] = Field(
        min_length=1, description="inversions to try; each is a case"
    )
    attacked: int = Field(
        30, ge=2, description="how many of those it knows are attacked at most, drawn by the seed"
    )
    held_out: int = Field(
        4, ge=1, description="test photos of a person that a rebuilt face is held against at most"
    )
