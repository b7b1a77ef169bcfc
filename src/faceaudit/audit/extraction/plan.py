"""The plan's section for extraction audits."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.extraction import ExtractionAttack, extraction_attacks
from faceaudit.attacks.extraction.common.impersonation import Impersonation
from faceaudit.attacks.extraction.common.learning import CopyTraining
from faceaudit.attacks.inversion.identifiers import IdentifierInversion, identifier_inversions
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.selection import Section
from faceaudit.audit.common.systems import BackbonePlan, Faces, SystemPlan, plain_values
from faceaudit.faces.sources.base import sources
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network, networks
from faceaudit.registry import Options
from faceaudit.systems.predictors import Predictor, predictors

Attack = Annotated[
    SerializeAsAny[ExtractionAttack],
    BeforeValidator(extraction_attacks.build),
    PlainSerializer(plain_values),
]
Inversion = Annotated[
    SerializeAsAny[IdentifierInversion],
    BeforeValidator(identifier_inversions.build),
    PlainSerializer(plain_values),
]
Decision = Annotated[
    SerializeAsAny[Predictor], BeforeValidator(predictors.build), PlainSerializer(plain_values)
]
Whose = Literal["others", "enrolled"]
USUAL_ATTACKS = ("knockoff", "copycat", "student", "student_of_scores")
OTHERS = {"source": "synthetic", "people": 100, "photos": 20, "sessions": 5, "seed": 7}
"""Other people, whose photos the attacker has unless the plan says so."""


class IdentifierVictim(Options):
    """An identifier to train and to copy, and the photos that the attacker has."""

    faces: Faces = Field(description="the people it knows")
    split: SplitPlan = Field(
        SplitPlan(),
        description="which of their photos train it; agreement is measured on the test photos, and "
        "donors are the photos of enrolled people that the attacker may have",
    )
    system: SystemPlan = Field(description="the network, and how it is trained")
    others: Faces = Field(
        default_factory=lambda: sources.build(OTHERS),
        description="other people, whose photos the attacker has",
    )
    asked: tuple[Whose, ...] = Field(
        ("others",),
        min_length=1,
        description="whose photos it is asked about: of other people, or other photos of those it "
        "knows; each is a case",
    )


class VerifierVictim(Options):
    """An embedder to copy, and the predictor behind it; the attacker has photos of other people.

    The owner's people, who fix thresholds, teach the predictor; the attacker has photos of those
    who are learned from; copies are held against the victim on those who are attacked.
    """

    faces: Faces = Field(description="the people of all three parties")
    embedder: BackbonePlan = Field(description="the trained network that embeds photos")
    predictor: Decision = Field(
        default_factory=lambda: predictors.build("difference_network"),
        description="what decides on a pair of embeddings; the copy is of the same shape",
    )
    parties: PartiesPlan = Field(PartiesPlan(), description="how people are dealt to the parties")
    per_person: int = Field(
        10, ge=1, description="genuine pairs of a person at most, and as many of two people"
    )
    fmr: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="false match rate at which the embedder and its copy accept a pair",
    )


class ExtractionPlan(Section):
    """Victims x attacks x budgets: each is a case with a copy of its own."""

    identifier: IdentifierVictim | None = Field(None, description="an identifier to copy")
    verifier: VerifierVictim | None = Field(
        None, description="an embedder to copy, and the predictor behind it"
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(extraction_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="attacks to try on each victim that they copy",
    )
    budgets: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (100, 1000), min_length=1, description="how many queries the attacker may ask"
    )
    decimals: tuple[Annotated[int, Field(ge=0, le=6)], ...] = Field(
        (),
        description="a mitigation: decimals that scores are rounded to, each a further case of an "
        "attack that sees scores",
    )
    network: Annotated[Network, BeforeValidator(networks.build), PlainSerializer(plain_values)] = (
        Field(
            default_factory=lambda: networks.build("deepid"),
            description="the copy's network, which learns from scratch",
        )
    )
    training: CopyTraining = Field(CopyTraining(), description="how a copy is trained")
    impersonation: Impersonation | None = Field(
        Impersonation(),
        description="changes of photos, made on the copy with the largest budget and tried on the "
        "victim; none leaves them out",
    )
    inversion: Inversion | None = Field(
        default_factory=lambda: identifier_inversions.build("gradient"),
        description="an inversion made on an identifier's copy with the largest budget, and shown "
        "to the victim; none leaves it out",
    )

    @model_validator(mode="after")
    def _something_to_copy(self) -> Self:
        roles = {
            **({"identifier": True} if self.identifier else {}),
            **({"verifier": True, "embedder": True} if self.verifier else {}),
        }
        if not roles:
            raise ValueError("expected a victim, got none; give identifier or verifier")
        idle = [one.name for one in self.attacks if not roles.keys() & one.asks.keys()]
        if len(idle) == len(self.attacks):
            raise ValueError(
                f"expected an attack that copies one of {', '.join(roles)}, got "
                f"{', '.join(idle)}; try knockoff"
            )
        if self.network.is_file:
            raise ValueError(
                f"expected a network that can learn for the copy, got {self.network.name!r}, whose "
                "file another engine runs; try deepid"
            )
        values = self.model_dump(mode="json")
        asked = self.identifier.asked if self.identifier else ()
        for name, each in {
            **{name: values[name] for name in ("attacks", "budgets", "decimals")},
            "identifier.asked": asked,
        }.items():
            spelled = [str(one) for one in each]
            if len(set(spelled)) < len(spelled):
                raise ValueError(f"expected every one of {name} once, got one twice; leave it out")
        return self
