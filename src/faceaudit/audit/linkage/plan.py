"""The plan's section for linkage audits."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.linkage import LinkageAttack, linkage_attacks
from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.metrics.binned_scores import BINS
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[LinkageAttack],
    BeforeValidator(linkage_attacks.build),
    PlainSerializer(plain_values),
]
Protection = Annotated[
    SerializeAsAny[TemplateProtection],
    BeforeValidator(template_protections.build),
    PlainSerializer(plain_values),
]
Rate = Annotated[float, Field(gt=0, lt=1)]
Second = Literal["same_key", "other_key", "public"]
"""How the second database is stored."""
MOST = 20_000
"""Comparisons of strangers that thresholds and rates rest on at most."""
USUAL_ATTACKS = ("cosine", "linear_adapter", "known_key")
USUAL_PROTECTIONS = ("none", "random_projection", "biohash")
USUAL_SECONDS: tuple[Second, ...] = ("same_key", "other_key", "public")


class LinkagePlan(EmbedderSection):
    """Two databases of templates, and attacks that look for the same people in both."""

    faces: Faces = Field(description="where the faces come from")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="the trained network of both databases, or that of the first and that of the "
        "second",
    )
    parties: PartiesPlan = Field(
        PartiesPlan(),
        description="who is looked for, who is the attacker's own, and who fixes thresholds: "
        "nobody is two",
    )
    protections: tuple[Protection, ...] = Field(
        default_factory=lambda: tuple(map(template_protections.build, USUAL_PROTECTIONS)),
        min_length=1,
        description="what is stored in the place of templates, in both databases",
    )
    keys: Literal["system", "person"] = Field(
        "system",
        description="who has a key of their own, of protections with one: each person, or the "
        "system alone, which then has one for everybody",
    )
    second: tuple[Second, ...] = Field(
        USUAL_SECONDS,
        min_length=1,
        description="where the protection has a key, what the second database is: one with the "
        "same key, one with another, or public photos with names, which are not protected",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(linkage_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="ways to link; each is tried where it can do anything",
    )
    photos: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (100, 300, 1000),
        min_length=1,
        description="numbers of own photos in both databases, for attacks that learn: each is a "
        "case",
    )
    fmrs: tuple[Rate, ...] = Field(
        (0.01, 0.001), min_length=1, description="false match rates at which people are linked"
    )
    fpirs: tuple[Rate, ...] = Field(
        (0.01,),
        description="false-positive identification rates at which people get a name",
    )
    bins: int = Field(BINS, ge=2, description="bins of the histograms of D_sys and leakage")
    untrained: bool = Field(
        default=True,
        description="whether to link the templates of an untrained network, too, which says what "
        "photos give away without one; not possible with a network that is a file",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("attacks", "protections"):
            spelled = [plain_values(one) for one in getattr(self, name)]
            if has_repeats(spelled):
                raise ValueError(f"expected {name} each once, got one twice; leave it out")
        for name in ("second", "photos", "fmrs", "fpirs"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"expected {name} each once, got {list(given)}; leave it out")
        return self

    @model_validator(mode="after")
    def _networks(self) -> Self:
        if len(self.embedders) > 2 and not all(one.several for one in self.protections):
            raise ValueError(
                f"expected one network or two, got {len(self.embedders)}; try protections that "
                "join several, such as averaging"
            )
        for one in self.protections:
            joined = one.model_dump().get("networks", 2)
            if one.several and (len(self.embedders) < 2 or joined != len(self.embedders)):
                raise ValueError(
                    f"expected as many networks as {one.name!r} joins, {joined}, got "
                    f"{len(self.embedders)} in embedders; give them"
                )
        return self
