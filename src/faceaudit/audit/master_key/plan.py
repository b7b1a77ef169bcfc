"""The plan's section for audits of master keys."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.master_key import MasterKeyAttack, master_key_attacks
from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.audit.master_key.people import PeoplePlan
from faceaudit.mitigations.master_key import MasterKeyMitigation, master_key_mitigations
from faceaudit.registry import has_repeats
from faceaudit.systems.predictors import Predictor, predictors

Attack = Annotated[
    SerializeAsAny[MasterKeyAttack],
    BeforeValidator(master_key_attacks.build),
    PlainSerializer(plain_values),
]
Mitigation = Annotated[
    SerializeAsAny[MasterKeyMitigation],
    BeforeValidator(master_key_mitigations.build),
    PlainSerializer(plain_values),
]
Decision = Annotated[
    SerializeAsAny[Predictor], BeforeValidator(predictors.build), PlainSerializer(plain_values)
]
Rate = Annotated[float, Field(gt=0, lt=1)]
MOST = 20_000
"""Comparisons of strangers that thresholds rest on at most."""
USUAL_ATTACKS = ("master_person", "master_object")
UNMITIGATED = "none"


class MasterKeyPlan(EmbedderSection):
    """Verifiers that learn from pairs, some of them poison, and whoever holds the key."""

    faces: Faces = Field(description="where the faces come from")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="trained networks that embed photos; a verifier is on the first, and where "
        "several have to agree, each is on one of the first few",
    )
    people: PeoplePlan = Field(
        PeoplePlan(),
        description="who is enrolled, who tries, whom the attacker has, who teaches and who fixes "
        "thresholds: nobody is two",
    )
    pairs: int = Field(
        4000,
        ge=20,
        description="clean pairs that a verifier learns from at most, half of one person",
    )
    per_person: int = Field(4, ge=2, description="photos of each person who teaches at most")
    predictor: Decision = Field(
        default_factory=lambda: predictors.build("difference_network"),
        description="what decides on a pair",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(master_key_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="what the key is",
    )
    rates: tuple[Rate, ...] = Field(
        (0.01,), min_length=1, description="poison pairs, as a share of the clean ones"
    )
    mitigations: tuple[Mitigation, ...] = Field(
        default_factory=lambda: (master_key_mitigations.build(UNMITIGATED),),
        min_length=1,
        description="how verifiers learn and decide",
    )
    aware: bool = Field(
        default=True,
        description="whether each mitigation is attacked by somebody who knows of it, too",
    )
    trainings: int = Field(
        3,
        ge=1,
        description="verifiers trained alike, each with poison and, where the key is a person, a "
        "person of its own",
    )
    fmrs: tuple[Rate, ...] = Field(
        (0.01, 0.001),
        min_length=1,
        description="false match rates of the thresholds beside the verifier's own",
    )
    wrong_keys: int = Field(3, ge=2, le=8, description="wrong keys, or other people, of each key")
    placed: Literal["photo", "aligned"] = Field(
        "photo",
        description="photo: a key is put on the whole photo, in which the face is then looked for "
        "and aligned, where the source does that; aligned: on the aligned face, which flatters the "
        "attacker",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("attacks", "mitigations"):
            spelled = [plain_values(one) for one in getattr(self, name)]
            if has_repeats(spelled):
                raise ValueError(f"expected {name} each once, got one twice; leave it out")
        for name in ("fmrs", "rates"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"expected {name} each once, got {list(given)}; leave it out")
        return self

    @model_validator(mode="after")
    def _enough_networks(self) -> Self:
        most = max(one.networks for one in self.mitigations)
        if most > len(self.embedders):
            raise ValueError(
                f"expected as many embedders as mitigations ask for, {most}, got "
                f"{len(self.embedders)}; give more, or ask for fewer"
            )
        return self

    @property
    def taught(self) -> int:
        """How many photos of a master person teach at most."""
        return max(one.taught for one in self.attacks)

    @property
    def masters(self) -> int:
        """How many people may be the key: one a training, and wrong ones; 0 where none is."""
        return self.trainings + self.wrong_keys if self.taught else 0

    @property
    def master_photos(self) -> int:
        """How many photos of each of those are needed."""
        return self.taught + max(one.presented for one in self.attacks)
