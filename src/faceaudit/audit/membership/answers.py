"""What all verifiers of a case say, asked in every way, and what attacks made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from faceaudit.attacks.membership.common.oracle import Access
from faceaudit.audit.membership.plan import Granularity
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

QueryStrategy = Literal["served", "each", "all", "assignment"]
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class AttackScores:
    """What one attack said of one level's records.

    Attributes:
        level: members of what.
        attack: its name; "in-sample" is added where it scored what it learned from.
        knowledge: how it asked: as users do ("served"), with each backbone in turn and the best of
            them ("each"), with all at once ("all"), or with the one that a pair was learned with.
        adaptive: whether it made use of knowing the mitigation.
        access: scores or labels.
        in_sample: whether it scored what it learned from.
        ids: R records.
        member: (R,) the truth.
        block: (R,) the block of people each is from.
        scores: (R,) what the attack said; higher is more likely a member.
        queries: pairs the verifier was asked about.
        learns: whether the scores are probabilities, 1/2 being the decision.
        rows: (R,) which of the level's records they are, rising.
        why: why the attack could not be made; its scores are NaN then.
    """

    level: Granularity
    attack: str
    knowledge: QueryStrategy
    adaptive: bool
    access: Access
    in_sample: bool
    ids: tuple[str, ...]
    member: BoolArray
    block: IntArray
    scores: Float64Array
    queries: int
    learns: bool
    rows: IntArray
    why: str = ""

    @property
    def key(self) -> str:
        """The attack as figures are named by it."""
        return f"{self.level}:{self.attack}:{self.knowledge}"


@dataclass(frozen=True, eq=False)
class ScoreCache:
    """What does not depend on how users ask, of verifiers that were trained once.

    Attributes:
        said: (M, P) answers, by backbone.
        scored: what attacks said, by target and key.
    """

    said: dict[str, FloatArray] = field(default_factory=dict)
    scored: dict[tuple[int, str], AttackScores] = field(default_factory=dict)


class VerifierAnswers:
    """What all verifiers of a case say of all pairs, asked in every way that an attacker may.

    Args:
        setting: pairs and halves.
        mitigation: what is audited.
        verifiers: the trained verifiers.
        memory: of other mitigations that the same verifiers were trained with.
    """

    def __init__(
        self,
        setting: MembershipScenario,
        mitigation: MembershipMitigation,
        verifiers: VerifierBank,
        memory: ScoreCache | None = None,
    ) -> None:
        self.memory = memory or ScoreCache()
        self.setting = setting
        self.mitigation = mitigation
        self.verifiers = verifiers
        self.query_channels: dict[str, IntArray] = {"served": verifiers.user_backbones}
        if mitigation.several:
            for number in range(len(setting.pairs.backbones)):
                self.query_channels[f"each-{number}"] = one_backbone(setting.pairs, number)
        said = self.memory.said
        for way, channel in self.query_channels.items():
            if way != "served" and way not in said:
                said[way] = self._ask(channel)
        self._said = {**said, "served": self._ask(verifiers.user_backbones)}

    def user_scores(self) -> FloatArray:
        """Return (M, P) what users are told."""
        return self._said["served"]

    def scores_of(self, way: str, target: int) -> FloatArray:
        """Return (M, P) answers, asked as `way` says; "assignment" is the target's."""
        if way != "assignment":
            return self._said[way]
        assigned = self._assigned(target)
        each = np.stack([self._said[f"each-{k}"] for k in range(assigned.max() + 1)])
        return np.asarray(np.take_along_axis(each, assigned[None, None, :], axis=0)[0])

    def channel(self, way: str, target: int) -> IntArray:
        """Return (P, J) the backbones that `way` asks with."""
        return self._assigned(target)[:, None] if way == "assignment" else self.query_channels[way]

    def _assigned(self, target: int) -> IntArray:
        assert self.verifiers.trained_backbone is not None
        assigned: IntArray = self.verifiers.trained_backbone[target]
        return assigned

    def _ask(self, channel: IntArray) -> FloatArray:
        pairs = self.setting.pairs
        out = np.empty((self.verifiers.count, len(pairs)), dtype=np.float32)
        for start in range(0, len(pairs), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(pairs)))
            out[:, rows] = self.verifiers.answers(*pairs.sides(channel, rows))
        return out

    def strategies(self) -> tuple[QueryStrategy, ...]:
        """Return the ways that an attacker of this mitigation may try."""
        if not self.mitigation.several:
            return ("served",)
        if self.verifiers.trained_backbone is None:
            return ("served", "each", "all")
        return ("served", "each", "all", "assignment")
