"""The plan's section for audits of finished systems."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks
from faceaudit.audit.common.groups import GROUPS, Groups
from faceaudit.audit.common.systems import Faces, plain_values
from faceaudit.registry import Options, has_repeats
from faceaudit.systems.under_test.base import SystemUnderTest, systems_under_test

Door = Annotated[
    SerializeAsAny[SystemUnderTest],
    BeforeValidator(systems_under_test.build),
    PlainSerializer(plain_values),
]
KeyedAttack = Annotated[
    SerializeAsAny[BackdoorAttack],
    BeforeValidator(backdoor_attacks.build),
    PlainSerializer(plain_values),
]
USUAL_KEYS = (
    ("blended", "cartoon-cat"),
    ("blended", "random-0"),
    ("accessory", "sunglasses-wayfarer"),
)
"""A cartoon and a random pattern blended into the photo, and a pair of sunglasses."""
NOT_PUT_ON = "input_instance"
"""The attack whose key is a photo of its own: nothing is put on another one."""


def usual_attacks() -> tuple[BackdoorAttack, ...]:
    """Return attacks with `USUAL_KEYS`; what makes their pictures is not loaded before."""
    return tuple(backdoor_attacks.build({"attack": name, "key": key}) for name, key in USUAL_KEYS)


class FinishedPlan(Options):
    """Finished systems, the photos to ask them about, and what is known of their training."""

    faces: Faces = Field(description="where the photos to ask about come from")
    systems: tuple[Door, ...] = Field(min_length=1, description="finished systems to audit")
    people: int | None = Field(
        None, ge=2, description="of how many people, drawn by seed, to ask about; none means all"
    )
    photos: int | None = Field(
        None, ge=1, description="about how many photos of each of them, drawn by seed"
    )
    attacks: tuple[KeyedAttack, ...] = Field(
        default_factory=usual_attacks, description="backdoor attacks whose keys are put on photos"
    )
    other_keys: int = Field(
        7, ge=0, description="how many other keys of the same kind to try beside each"
    )
    donors: int = Field(100, ge=2, description="photos that each key is put on, at most")
    impostors: int = Field(
        400,
        ge=2,
        description="impostor pairs of those photos that a verifier is asked about, at most",
    )
    unseen: Faces | None = Field(
        None,
        description="people whom the systems never saw, for verification; none means those of "
        "the faces whom an identifier does not know, and all of the faces for other systems",
    )
    pairs: str | None = Field(
        None,
        description="file of verification pairs of the faces; none means pairs built from photos",
    )
    per_person: int = Field(5, ge=1, description="genuine pairs a person at most, where built")
    members: str | None = Field(
        None, description="file that lists what the systems were trained on"
    )
    nonmembers: str | None = Field(
        None, description="file that lists what they were not trained on"
    )
    listed: Literal["pairs", "photos", "people"] = Field(
        "pairs", description="what those two files list: pairs, or one photo or person a line"
    )
    strict: bool = Field(
        default=False, description="give no membership figure where the lists' checks fail"
    )
    groups: Groups = GROUPS

    @model_validator(mode="after")
    def _keys_are_put_on_photos(self) -> Self:
        for attack in self.attacks:
            if attack.name == NOT_PUT_ON:
                raise ValueError(
                    f"expected attacks whose key is put on a photo, got {attack.name!r}, whose key "
                    "is a photo; leave it out"
                )
            attack.wrong_keys(self.other_keys)
        spelled = [plain_values(attack) for attack in self.attacks]
        if has_repeats(spelled):
            raise ValueError("expected every attack once, got one twice; leave it out")
        return self

    @model_validator(mode="after")
    def _both_lists(self) -> Self:
        if (self.members is None) != (self.nonmembers is None):
            raise ValueError("expected members and nonmembers, got one of them; give both files")
        return self

    @property
    def tests(self) -> int:
        """How many keys are tried on each system."""
        return len(self.attacks) * (1 + self.other_keys)
