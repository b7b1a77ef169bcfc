"""Scores of all verifiers for all pairs through each channel, with a cache for attacks.

A channel is the backbones that pairs are asked about with. A query strategy asks through one of
them ("served", "assignment"), or through one for each backbone ("each", "all").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from faceaudit.attacks.membership.base import Access
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.errors import CaseError
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.records.membership import PARTIAL, Granularity, QueryStrategy, attack_key
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

SWAPPED = " swapped"
"""Added to a channel's name: asked in the other order of the photos."""
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class AttackScores:
    """Scores of one attack for the records of one level.

    Attributes:
        level: members of what.
        attack: its name; "in-sample" is added where it scored what it learned from, and "joint"
            where it adds up all pairs that are members together.
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
        by_membership: whether it uses which shadows learned from what: the scores of targets that
            are each other's shadows are then correlated.
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
    by_membership: bool = False
    why: str = ""

    @property
    def key(self) -> str:
        """The attack as figures are named by it."""
        return attack_key(self.level, self.attack, self.strategy)

    @property
    def partial(self) -> bool:
        """Whether only a part of the records was asked about, chosen by what users cannot know."""
        return self.strategy in PARTIAL

    def take(self, some: BoolArray, strategy: QueryStrategy) -> AttackScores:
        """Return the scores of some records, (R,) bool, as a query strategy of their own."""
        chosen = np.flatnonzero(some)
        return replace(
            self,
            strategy=strategy,
            ids=tuple(self.ids[row] for row in chosen.tolist()),
            member=self.member[chosen],
            block=self.block[chosen],
            scores=self.scores[chosen],
            queries=round(self.queries * len(chosen) / len(self.ids)),
            rows=self.rows[chosen],
        )


@dataclass(frozen=True, eq=False)
class ScoreCache:
    """Cache shared by mitigations that train the same verifiers: what no user's query changes.

    Attributes:
        answers: (M, P) answers, by channel.
        scored: scores of attacks, by target and key.
    """

    answers: dict[str, FloatArray] = field(default_factory=dict)
    scored: dict[tuple[int, str], list[AttackScores]] = field(default_factory=dict)


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
            for number in range(mitigation.used(scenario.pairs)):
                self.channels[f"each-{number}"] = one_backbone(scenario.pairs, number)
        orders = {"": scenario.pairs}
        if any(attack.both_orders for attack in scenario.plan.attacks):
            orders[SWAPPED] = self._candidates
        users = self.channels["served"]
        for order, pairs in orders.items():
            for channel, backbones in self.channels.items():
                if channel != "served" and f"{channel}{order}" not in self.cache.answers:
                    self.cache.answers[f"{channel}{order}"] = self._query(backbones, pairs)
        same = [name for name, asked in self.channels.items() if np.array_equal(asked, users)]
        self._answers = dict(self.cache.answers)
        for order, pairs in orders.items():
            known = self.cache.answers.get(f"{same[-1]}{order}")  # users may ask with just one
            self._answers[f"served{order}"] = self._query(users, pairs) if known is None else known

    def user_scores(self) -> FloatArray:
        """Return (M, P) answers that users get."""
        return self._answers["served"]

    def scores_of(self, channel: str, target: int) -> FloatArray:
        """Return (M, P) answers through a channel; "assignment" is the target's."""
        return self._of(channel, "", target)

    def swapped_of(self, channel: str, target: int) -> FloatArray:
        """Return (M, candidates) answers about candidates in the other order, as `scores_of`."""
        return self._of(channel, SWAPPED, target)

    def _of(self, channel: str, order: str, target: int) -> FloatArray:
        if channel != "assignment":
            return self._answers[f"{channel}{order}"]
        assigned = self._trained_backbone(target)
        each = np.stack([self._answers[f"each-{k}{order}"] for k in range(assigned.max() + 1)])
        assigned = assigned[: each.shape[2]]
        return np.asarray(np.take_along_axis(each, assigned[None, None, :], axis=0)[0])

    def backbones_of(self, channel: str, verifier: int) -> IntArray:
        """Return (P, J) the backbones of a channel; "assignment" is the verifier's."""
        if channel == "assignment":
            return self._trained_backbone(verifier)[:, None]
        return self.channels[channel]

    def counted(self, channels: Sequence[str], target: int) -> BoolArray:
        """Return (M, P) where a verifier that learned a pair counts as having learned it.

        Asked with the backbone that the target learned a pair with, only verifiers that learned it
        with the same one do.
        """
        trained = self.verifiers.trained_backbone
        if trained is None or list(channels) != ["assignment"]:
            return np.ones_like(self.scenario.member)
        return np.asarray(trained == trained[target])

    def matched(self, target: int) -> BoolArray | None:
        """Return (P,) whether users ask with the backbone that a pair is learned with.

        None where pairs are not learned with one of several backbones, or users ask with several.
        """
        users = self.channels["served"]
        if self.verifiers.trained_backbone is None or users.shape[1] > 1:
            return None
        return np.asarray(users[:, 0] == self._trained_backbone(target))

    def _trained_backbone(self, verifier: int) -> IntArray:
        assert self.verifiers.trained_backbone is not None
        assigned: IntArray = self.verifiers.trained_backbone[verifier]
        return assigned

    @cached_property
    def _candidates(self) -> EmbeddedPairs:
        """The candidates in the other order of their photos."""
        pairs = self.scenario.pairs.take(np.arange(self.scenario.pool.candidates))
        return replace(pairs, first=pairs.second, second=pairs.first)

    def _query(self, backbones: IntArray, pairs: EmbeddedPairs) -> FloatArray:
        out = np.empty((self.verifiers.count, len(pairs)), dtype=np.float32)
        for start in range(0, len(pairs), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(pairs)))
            out[:, rows] = self.verifiers.answers(*pairs.sides(backbones, rows))
        if not np.isfinite(out).all():
            raise CaseError(
                f"expected finite answers of verifiers, got {int((~np.isfinite(out)).sum()):,} "
                "that are not; did the training diverge? Try a lower learning rate"
            )
        return out

    def strategies(self) -> tuple[QueryStrategy, ...]:
        """Return the query strategies that an attacker of this mitigation may try."""
        if not self.mitigation.several:
            return ("served",)
        if self.verifiers.trained_backbone is None:
            return ("served", "each", "all")
        return ("served", "each", "all", "assignment")
