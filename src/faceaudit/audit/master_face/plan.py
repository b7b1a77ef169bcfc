"""The plan's section for audits of master faces."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.master_face import MasterFaceAttack, master_face_attacks
from faceaudit.audit.common.matching_section import MatchingSection
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import plain_values
from faceaudit.registry import has_repeats

Attack = Annotated[
    SerializeAsAny[MasterFaceAttack],
    BeforeValidator(master_face_attacks.build),
    PlainSerializer(plain_values),
]
USUAL_ATTACKS = ("greedy_photos", "renderer_search", "pixels")


class MasterFacePlan(MatchingSection):
    """Searches for a few faces that pass as many enrolled people."""

    parties: PartiesPlan = Field(
        PartiesPlan(attacked=500),
        description="who is enrolled, whom searches use, and who fixes thresholds: nobody is two",
    )
    attacks: tuple[Attack, ...] = Field(
        default_factory=lambda: tuple(map(master_face_attacks.build, USUAL_ATTACKS)),
        min_length=1,
        description="ways to search",
    )
    known: int = Field(1000, ge=2, description="people whom searches use at most")
    counts: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (1, 3, 9), min_length=1, description="how many faces are tried on everybody"
    )
    aim: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="the false match rate, of fmrs, whose threshold searches aim at; none means "
        "the highest",
    )

    @property
    def aimed(self) -> float:
        """The false match rate whose threshold searches aim at."""
        return max(self.fmrs) if self.aim is None else self.aim

    @model_validator(mode="after")
    def _attacks_once(self) -> Self:
        spelled = [plain_values(one) for one in self.attacks]
        if has_repeats(spelled):
            raise ValueError("expected attacks each once, got one twice; leave it out")
        if len(set(self.counts)) < len(self.counts):
            raise ValueError(f"expected counts each once, got {list(self.counts)}; leave it out")
        if self.aimed not in self.fmrs:
            raise ValueError(f"expected aim to be one of fmrs, {list(self.fmrs)}, got {self.aim}")
        return self
