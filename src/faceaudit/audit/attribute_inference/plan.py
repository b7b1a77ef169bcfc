"""The plan's section for audits of attribute inference."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.attribute_inference import AttributeAttack, attribute_attacks
from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.mitigations.attribute_inference import AttributeMitigation, attribute_mitigations
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[AttributeAttack],
    BeforeValidator(attribute_attacks.build),
    PlainSerializer(plain_values),
]
Mitigation = Annotated[
    SerializeAsAny[AttributeMitigation],
    BeforeValidator(attribute_mitigations.build),
    PlainSerializer(plain_values),
]
Rate = Annotated[float, Field(gt=0, lt=1)]
USUAL_ATTACKS = ("linear_probe", "boosted_probe", "pair_scores")
USUAL_MITIGATIONS = ("none", "leace", "independent_projection")


class AttributeInferencePlan(EmbedderSection):
    """What templates say of people beside who they are, and ways to store less of it."""

    faces: Faces = Field(description="where the faces come from; their attributes come with them")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="trained networks: templates of the first are attacked, those of the others "
        "are for mitigations that join several",
    )
    parties: PartiesPlan = Field(
        PartiesPlan(attacked=300, learn=0.8),
        description="whose templates are attacked, on whom mitigations and attackers learn, and "
        "who fixes thresholds: nobody is two",
    )
    owner: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="of those who are learned from, the share on whom mitigations are fitted; the "
        "others are the attacker's labelled people",
    )
    attributes: tuple[str, ...] | None = Field(
        None,
        description="attributes of the faces to infer; none means all that have 2 to 8 values",
    )
    labelled: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (10, 100, 1000), min_length=1, description="numbers of labelled people to learn from"
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(attribute_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="ways to infer; an attacker who knows a mitigation learns from what it stores",
    )
    mitigations: tuple[Mitigation, ...] = Field(
        default_factory=lambda: tuple(map(attribute_mitigations.build, USUAL_MITIGATIONS)),
        min_length=1,
        description="what is stored in the place of templates; each is a case",
    )
    fmrs: tuple[Rate, ...] = Field(
        (0.01, 0.001),
        min_length=1,
        description="false match rates at which the cost of mitigations is given",
    )
    baselines: bool = Field(
        default=True,
        description="whether to attack the photos themselves, and an untrained network, too: what "
        "they show without any trained network; the latter is not possible with a file",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("attacks", "mitigations"):
            spelled = [plain_values(one) for one in getattr(self, name)]
            if has_repeats(spelled):
                raise ValueError(f"expected {name} each once, got one twice; leave it out")
        for name in ("labelled", "fmrs", "attributes"):
            given = getattr(self, name) or ()
            if len(set(given)) < len(given):
                raise ValueError(f"expected {name} each once, got {list(given)}; leave it out")
        if self.attributes == ():
            raise ValueError("expected attributes to infer, got none; name some, or leave it out")
        return self

    @model_validator(mode="after")
    def _joined(self) -> Self:
        for one in self.mitigations:
            if one.several and len(self.embedders) < 2:
                raise ValueError(
                    f"expected several networks that {one.name!r} joins, got one; add another to "
                    "embedders"
                )
            for name in one.model_dump().get("erase", ()):
                if self.attributes is not None and name not in self.attributes:
                    raise ValueError(
                        f"expected {one.name!r} to erase what is audited "
                        f"({', '.join(self.attributes)}), got {name!r}; add it to attributes"
                    )
        return self
