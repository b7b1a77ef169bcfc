"""What sections have in common whose attacks make photos to pass a system that compares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.audit.common.embedder_kind import EmbedderSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.audit.common.titles import title_of
from faceaudit.mitigations.matching import MatchingMitigation, matching_mitigations
from faceaudit.registry import Component, has_repeats
from faceaudit.systems.under_test.base import Access

Mitigation = Annotated[
    SerializeAsAny[MatchingMitigation],
    BeforeValidator(matching_mitigations.build),
    PlainSerializer(plain_values),
]
Rate = Annotated[float, Field(gt=0, lt=1)]
Networks = Annotated[int, Field(ge=1)]
MOST = 20_000
"""Comparisons of strangers that thresholds rest on at most."""
NO_GRADIENTS = "one of its networks is a file that another engine runs, which gives no gradients"


class MatchingSection(EmbedderSection):
    """Networks, people, and how a system decides; a kind adds its `attacks`."""

    faces: Faces = Field(description="where the faces come from")
    embedders: tuple[BackbonePlan, ...] = Field(
        min_length=1,
        description="trained networks; photos are made on the first ones, and shown to all",
    )
    parties: PartiesPlan = Field(
        PartiesPlan(),
        description="who is attacked, who is the attacker's own, and who fixes thresholds: "
        "nobody is two",
    )
    made_on: tuple[Networks, ...] = Field(
        (1,),
        min_length=1,
        description="on how many of the first networks photos are made; each is a case",
    )
    mitigations: tuple[Mitigation, ...] = Field(
        default_factory=lambda: (matching_mitigations.build("none"),),
        min_length=1,
        description="how the system takes photos and decides",
    )
    aware: bool = Field(
        default=True,
        description="whether each mitigation is attacked by somebody who knows of it, too",
    )
    strangers: int = Field(
        400, ge=2, description="people who fix thresholds at most, of those whom parties leave"
    )
    fmrs: tuple[Rate, ...] = Field(
        (0.01, 0.001), min_length=1, description="false match rates of the thresholds"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        spelled = [plain_values(one) for one in self.mitigations]
        if has_repeats(spelled):
            raise ValueError("expected mitigations each once, got one twice; leave it out")
        for name in ("made_on", "fmrs"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"expected {name} each once, got {list(given)}; leave it out")
        return self

    @model_validator(mode="after")
    def _enough_networks(self) -> Self:
        most = max(*self.made_on, *(one.networks for one in self.mitigations))
        if most > len(self.embedders):
            raise ValueError(
                f"expected as many embedders as made_on and mitigations ask for, {most}, got "
                f"{len(self.embedders)}; give more, or ask for fewer"
            )
        return self


A = TypeVar("A", bound=Component)


@dataclass(frozen=True)
class Tried(Generic[A]):
    """One attack on a system under one mitigation.

    Attributes:
        attack: what makes the photos.
        made_on: on how many of the first networks.
        mitigation: of the system that is attacked.
        aware: whether the attacker knows of it.
    """

    attack: A
    made_on: int
    mitigation: MatchingMitigation
    aware: bool = False

    @property
    def title(self) -> str:
        """The combination in a few words."""
        said = title_of(self.attack)
        if self.made_on > 1:
            said += f" on {self.made_on} networks"
        if self.mitigation.name != "none":
            said += f" against {title_of(self.mitigation)}"
        return f"{said}, which it knows of" if self.aware else said

    def identity(self) -> dict[str, Any]:
        """Return what determines it, as plain values."""
        return {
            "attack": self.attack.identity(),
            "made_on": self.made_on,
            "mitigation": self.mitigation.identity(),
            "aware": self.aware,
        }


def all_tried(plan: MatchingSection, attacks: tuple[A, ...]) -> Iterator[Tried[A]]:
    """Yield every combination of a plan, in its order."""
    for attack in attacks:
        for made_on in plan.made_on:
            for mitigation in plan.mitigations:
                knows = (False, True) if plan.aware and mitigation.name != "none" else (False,)
                for aware in knows:
                    least = mitigation.networks if aware else 1
                    if not (aware and made_on < least and least in plan.made_on):
                        yield Tried(attack, max(made_on, least), mitigation, aware)


def why_not(plan: MatchingSection, tried: Tried[A]) -> str:
    """Return why a combination is not tried, as a part of a sentence; nothing where it is."""
    needs = getattr(tried.attack, "access", Access.GRADIENTS) == Access.GRADIENTS
    files = any(one.network.is_file for one in plan.embedders[: tried.made_on])
    return NO_GRADIENTS if needs and files else ""
