"""The plan's section for audits of evasion."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.evasion import EvasionAttack, evasion_attacks
from faceaudit.audit.common.matching_section import MatchingSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import plain_values
from faceaudit.records.evasion import Goal
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[EvasionAttack],
    BeforeValidator(evasion_attacks.build),
    PlainSerializer(plain_values),
]
USUAL_ATTACKS = ("pgd", "mi_fgsm")


class EvasionPlan(MatchingSection):
    """Photos changed within a budget, to pass as somebody else or not to be known."""

    parties: PartiesPlan = Field(
        PartiesPlan(attacked=50, learn=0.1),
        description="whose photos are changed, and who fixes thresholds: nobody is both; those "
        "whom others learn from are not used",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(evasion_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="ways to change photos",
    )
    goals: tuple[Goal, ...] = Field(
        ("impersonate", "dodge"),
        min_length=1,
        description="to pass as another person, or not to pass as oneself; each is a case",
    )
    target_photo: Literal["another", "enrolled"] = Field(
        "another",
        description="which photo of the enrolled person the attacker has: another one than is "
        "enrolled, of oneself the photo that is changed; or the very one that is enrolled",
    )

    @model_validator(mode="after")
    def _attacks_once(self) -> Self:
        spelled = [plain_values(one) for one in self.attacks]
        if has_repeats(spelled):
            raise ValueError("expected attacks each once, got one twice; leave it out")
        if len(set(self.goals)) < len(self.goals):
            raise ValueError(f"expected goals each once, got {list(self.goals)}; leave it out")
        return self
