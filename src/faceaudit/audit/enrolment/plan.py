"""The plan's section for enrolment audits."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializeAsAny,
    field_validator,
    model_validator,
)

from faceaudit.attacks.backdoor.keys import accessories, accessory
from faceaudit.attacks.enrolment import EnrolmentAttack, UpdateAttack, enrolment_attacks
from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.audit.enrolment.people import PeoplePlan
from faceaudit.mitigations.enrolment import EnrolmentMitigation, enrolment_mitigations
from faceaudit.mitigations.enrolment.agreement_of_backbones import AgreementOfBackbones
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[EnrolmentAttack],
    BeforeValidator(enrolment_attacks.build),
    PlainSerializer(plain_values),
]
Mitigation = Annotated[
    SerializeAsAny[EnrolmentMitigation],
    BeforeValidator(enrolment_mitigations.build),
    PlainSerializer(plain_values),
]
Rate = Annotated[float, Field(gt=0, lt=1)]
MOST = 20_000
"""Comparisons of strangers that thresholds rest on at most."""
USUAL_ATTACKS = ("plain_glasses", "blended_key", "optimised_glasses", "template_update_drift")
USUAL_MITIGATIONS = ("none", "occlusion_check", "agreement_with_photos", "mean_template")
UNMITIGATED = "none"


class EnrolmentPlan(EmbedderSection):
    """Photos with a key that are enrolled, and strangers who wear it."""

    faces: Faces = Field(description="where the faces come from")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="trained networks, each of a system of its own; optimised keys are made on the "
        "first, or the first few",
    )
    people: PeoplePlan = Field(
        PeoplePlan(),
        description="who is enrolled, who puts the key on, with whose photos keys are made; all "
        "others fix thresholds",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(enrolment_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="keys on an enrolled photo, and ways to lead a template away",
    )
    mitigations: tuple[Mitigation, ...] = Field(
        default_factory=lambda: tuple(map(enrolment_mitigations.build, USUAL_MITIGATIONS)),
        min_length=1,
        description="checks at enrolment and other ways to decide; each is held against `none`",
    )
    fmrs: tuple[Rate, ...] = Field(
        (0.01, 0.001), min_length=1, description="false match rates at which systems decide"
    )
    placed: Literal["photo", "aligned"] = Field(
        "photo",
        description="photo: the key is put on the whole photo, in which the face is then looked "
        "for and aligned, where the source does that; aligned: on the aligned face, which "
        "flatters the attacker",
    )
    wrong_keys: int = Field(3, ge=2, le=8, description="wrong keys of each attack")
    honest_glasses: str = Field(
        "glasses-square",
        description="the ordinary glasses that honest people wear when the cost of a check is "
        "counted",
    )

    @field_validator("honest_glasses")
    @classmethod
    def _known(cls, glasses: str) -> str:
        if glasses not in accessories():  # those are drawn when they are needed
            accessory(glasses)
        return glasses

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("attacks", "mitigations"):
            spelled = [plain_values(one) for one in getattr(self, name)]
            if has_repeats(spelled):
                raise ValueError(f"expected {name} each once, got one twice; leave it out")
        if len(set(self.fmrs)) < len(self.fmrs):
            raise ValueError(f"expected fmrs each once, got {list(self.fmrs)}; leave it out")
        return self

    @model_validator(mode="after")
    def _nothing_first(self) -> Self:
        if all(one.name != UNMITIGATED for one in self.mitigations):
            raise ValueError(
                "expected 'none' among the mitigations, which others are held against, got none; "
                "add it"
            )
        return self

    @model_validator(mode="after")
    def _several_agree(self) -> Self:
        for one in self.mitigations:
            others = len(self.embedders) - 1
            if isinstance(one, AgreementOfBackbones) and one.missing >= others:
                raise ValueError(
                    f"expected more than {1 + one.missing} embedders for {one.name!r}, got "
                    f"{len(self.embedders)}: its own network would decide alone; give more, or "
                    "lower its `missing`"
                )
        return self

    @model_validator(mode="after")
    def _in_hand(self) -> Self:
        for attack in self.attacks:
            wanted = attack.networks_in_hand
            hand = self.embedders[:wanted]
            if wanted > len(self.embedders):
                raise ValueError(
                    f"expected {wanted} networks for {attack.name!r}, got {len(self.embedders)} in "
                    "embedders; give more, or lower its `networks`"
                )
            for one in hand:
                if one.network.is_file:
                    raise ValueError(
                        f"expected networks that give gradients for {attack.name!r}, got "
                        f"{one.network.name!r}, whose file another engine runs; put others first, "
                        "or lower its `networks`"
                    )
        return self

    @property
    def further(self) -> int:
        """How many further photos of each enrolled person mitigations and attackers need."""
        # Who leads a template away has a photo of the victim that is neither enrolled nor a probe.
        led = any(isinstance(one, UpdateAttack) for one in self.attacks)
        return max(int(led), *(one.further_photos for one in self.mitigations))
