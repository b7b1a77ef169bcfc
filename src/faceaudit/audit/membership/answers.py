"""Scores of all verifiers for all pairs through each channel, with a cache for attacks.

A channel is the backbones that pairs are asked about with. A query strategy asks through one of
them ("served", "assignment"), or through one for each backbone ("each", "all").
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from faceaudit.attacks.membership.base import Access
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.records.membership import Granularity, QueryStrategy, attack_key
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class AttackScores:
    """Scores of one attack for the records of one level.

    Attributes:
        level: members of what.
        attack: its name; "in-sample" is added where it scored what it learned from.
        strategy: the query strategy that it asked by.
        adaptive: whether it made use of knowing the mitigation.
        access: scores or labels.
        in_sample: whether it scored what it learned from.
        ids: R records.
        member: (R,) the truth.
        block: (R,) the block of people each is from.
        scores: (R,) the attack's scores; higher is more likely a member.
        queries: pairs the verifier was asked about.
        learns: whether the scores are probabilities, 1/2 being the decision.
        rows: (R,) which of the level's records they are, rising.
        why: the reason why the attack could not be made; its scores are NaN then.
    """

    level: Granularity
    attack: str
    strategy: QueryStrategy
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
        return attack_key(self.level, self.attack, self.strategy)


@dataclass(frozen=True, eq=False)
class ScoreCache:
    """Cache shared by mitigations that train the same verifiers: what no user's query changes.

    Attributes:
        answers: (M, P) answers, by channel.
        scored: scores of attacks, by target and key.
    """

    answers: dict[str, FloatArray] = field(default_factory=dict)
    scored: dict[tuple[int, str], AttackScores] = field(default_factory=dict)


class VerifierAnswers:
    """Answers of all verifiers of a case for all pairs, through every channel.

    Args:
        scenario: pairs and halves.
        mitigation: what is audited.
        verifiers: the trained verifiers.
        cache: shared with other mitigations that train the same verifiers.

    Attributes:
        channels: (P, J) the backbones of each channel, by its name: "served", and where pairs are
            learned with several backbones also "each-0", "each-1", ...
    """

    def __init__(
        self,
        scenario: MembershipScenario,
        mitigation: MembershipMitigation,
        verifiers: VerifierBank,
        cache: ScoreCache | None = None,
    ) -> None:
        self.cache = cache or ScoreCache()
        self.scenario = scenario
        self.mitigation = mitigation
        self.verifiers = verifiers
        self.channels: dict[str, IntArray] = {"served": verifiers.user_backbones}
        if mitigation.several:
            for number in range(len(scenario.pairs.backbones)):
                self.channels[f"each-{number}"] = one_backbone(scenario.pairs, number)
        answers = self.cache.answers
        for channel, backbones in self.channels.items():
            if channel != "served" and channel not in answers:
                answers[channel] = self._query(backbones)
        self._answers = {**answers, "served": self._query(verifiers.user_backbones)}

    def user_scores(self) -> FloatArray:
        """Return (M, P) answers that users get."""
        return self._answers["served"]

    def scores_of(self, channel: str, target: int) -> FloatArray:
        """Return (M, P) answers through a channel; "assignment" is the target's."""
        if channel != "assignment":
            return self._answers[channel]
        assigned = self._trained_backbone(target)
        each = np.stack([self._answers[f"each-{k}"] for k in range(assigned.max() + 1)])
        return np.asarray(np.take_along_axis(each, assigned[None, None, :], axis=0)[0])

    def backbones_of(self, channel: str, target: int) -> IntArray:
        """Return (P, J) the backbones of a channel; "assignment" is the target's."""
        if channel == "assignment":
            return self._trained_backbone(target)[:, None]
        return self.channels[channel]

    def _trained_backbone(self, target: int) -> IntArray:
        assert self.verifiers.trained_backbone is not None
        assigned: IntArray = self.verifiers.trained_backbone[target]
        return assigned

    def _query(self, backbones: IntArray) -> FloatArray:
        pairs = self.scenario.pairs
        out = np.empty((self.verifiers.count, len(pairs)), dtype=np.float32)
        for start in range(0, len(pairs), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(pairs)))
            out[:, rows] = self.verifiers.answers(*pairs.sides(backbones, rows))
        return out

    def strategies(self) -> tuple[QueryStrategy, ...]:
        """Return the query strategies that an attacker of this mitigation may try."""
        if not self.mitigation.several:
            return ("served",)
        if self.verifiers.trained_backbone is None:
            return ("served", "each", "all")
        return ("served", "each", "all", "assignment")
