"""The plan's section for inversion audits."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.inversion.templates import TemplateInversion, template_inversions
from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.audit.inversion.identifier_plan import IdentifierPlan
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[TemplateInversion],
    BeforeValidator(template_inversions.build),
    PlainSerializer(plain_values),
]
Protection = Annotated[
    SerializeAsAny[TemplateProtection],
    BeforeValidator(template_protections.build),
    PlainSerializer(plain_values),
]
Keys = Literal["person", "system"]
USUAL = ("white_box", "decoder", "search")
"""One attack with the network in hand, one that learns from embeddings, one that asks."""


class InversionPlan(EmbedderSection):
    """Networks whose templates are stolen, and attacks that rebuild faces from them."""

    faces: Faces = Field(description="where the faces come from")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="trained networks; the first is attacked, and the others tell whether what is "
        "rebuilt passes there, too",
    )
    parties: PartiesPlan = Field(
        PartiesPlan(),
        description="who is attacked, who is learned from, and who fixes thresholds: nobody is two",
    )
    fmrs: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (0.01, 0.001),
        min_length=1,
        description="false match rates at whose thresholds rebuilt faces are to pass",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(template_inversions.build, USUAL)),
        description="inversions of templates to try",
    )
    trials: int = Field(
        1, ge=1, description="how often each attack is made, each time with another derived seed"
    )
    protections: tuple[Protection, ...] = Field(
        default_factory=lambda: (template_protections.build("none"),),
        min_length=1,
        description="what is stored in the place of templates; the attacker knows how it works",
    )
    keys: Keys = Field(
        "person",
        description="who has a key of their own, of protections with one: each person, or the "
        "system alone, which then has one for everybody",
    )
    enrolments: int = Field(
        1000,
        ge=2,
        description="own photos at most that an attacker has stored, to learn what a protection "
        "does to templates",
    )
    identifier: IdentifierPlan | None = Field(
        None, description="an identifier whose people's faces are to be rebuilt, too"
    )
    pictures: int = Field(
        8,
        ge=0,
        description="of how many people to keep the stolen photo beside what was rebuilt; changes "
        "no figure, and a case that was run before keeps those it has",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("attacks", "protections"):
            spelled = [plain_values(one) for one in getattr(self, name)]
            if has_repeats(spelled):
                raise ValueError(f"expected {name} each once, got one twice; leave it out")
        if len(set(self.fmrs)) < len(self.fmrs):
            raise ValueError(f"expected every fmr once, got {list(self.fmrs)}; leave repeats out")
        return self

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if not self.attacks and self.identifier is None:
            raise ValueError(
                "expected attacks on templates, or an identifier, got neither; leave attacks out "
                "to try the usual ones"
            )
        if all(one.name != "none" for one in self.protections):
            for attack in self.attacks:
                if attack.foreign:
                    raise ValueError(
                        f"expected none among protections for {attack.name!r}, which starts from "
                        "templates as they are, got protected ones alone; add it, or leave the "
                        "attack out"
                    )
        return self

    @model_validator(mode="after")
    def _enough_networks(self) -> Self:
        for attack in self.attacks:
            if attack.foreign and len(self.embedders) < 2:
                raise ValueError(
                    f"expected a second network for {attack.name!r}, which starts from the "
                    "templates of another one than the attacked, got one; add it to embedders"
                )
        for protection in self.protections:
            why = lacks_networks(protection, len(self.embedders))
            if why:
                raise ValueError(f"{why}; change its networks, or embedders")
        return self


def lacks_networks(protection: TemplateProtection, networks: int) -> str:
    """Return why a protection cannot join the templates of so many networks; empty if it can."""
    joined = getattr(protection, "networks", networks)
    if not protection.several or (joined >= 2 and joined == networks):
        return ""
    return (
        f"expected {max(2, joined)} networks for {protection.name!r}, which joins the templates of "
        f"so many, got {networks}"
    )
