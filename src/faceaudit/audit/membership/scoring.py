"""Every attack on one verifier: the attacker's observation, the queries, and the scores."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from faceaudit.attacks.membership import MembershipAttack, Observation, Oracle
from faceaudit.attacks.membership.base import Access, as_labels
from faceaudit.attacks.membership.common.distribution import Distribution, subject_features
from faceaudit.audit.membership.answers import AttackScores, VerifierAnswers
from faceaudit.audit.membership.pool import Subjects
from faceaudit.errors import FaceAuditError
from faceaudit.records.membership import Granularity, QueryStrategy
from faceaudit.types import BoolArray, Float64Array, IntArray

NO_SHADOWS = (
    "expected verifiers that learned from other pairs, got none: of lists, all learn from the "
    "same; draw the pairs, and have more verifiers"
)


class Target:
    """One verifier under attack, all others being the attacker's shadows.

    Args:
        answers: of all verifiers.
        number: which one.
    """

    def __init__(self, answers: VerifierAnswers, number: int) -> None:
        self.answers = answers
        self.number = number
        scenario = answers.scenario
        self._scenario = scenario
        self.member = scenario.member[number]
        others = np.arange(len(scenario.member)) != number
        # Lists leave no shadows: every verifier learned from the same pairs.
        self._shadows = np.flatnonzero(others & (scenario.pool.members is None))

    def attack_scores(self) -> Iterator[AttackScores]:
        """Yield the scores of every attack of the plan, at every level of the plan."""
        plan, subjects = self._scenario.plan, self._scenario.pool.subjects
        for attack, label in zip(plan.attacks, plan.labels(), strict=True):
            for strategy in self.answers.strategies():
                if attack.access == "labels" and strategy in ("each", "all"):
                    continue  # a distance to a boundary needs a single channel
                if "pair" in plan.levels:
                    ask = partial(self._score_pairs, attack, label, strategy)
                    yield self._cached(f"pair {label}", strategy, ask)
                if attack.learns or attack.access == "labels":
                    continue
                for level in subjects:
                    ask = partial(
                        self._score_subjects, level, subjects[level], attack, label, strategy
                    )
                    yield self._cached(f"{level} {label}", strategy, ask)
        for level in subjects:
            for strategy in self.answers.strategies():
                if strategy != "each":
                    ask = partial(self._score_distribution, level, subjects[level], strategy)
                    yield self._cached(f"{level} distribution", strategy, ask)

    def _cached(
        self, what: str, strategy: QueryStrategy, ask: Callable[[], AttackScores]
    ) -> AttackScores:
        """Return an attack's scores, kept where they do not depend on how users ask."""
        if strategy == "served":
            return ask()
        kept, key = self.answers.cache.scored, (self.number, f"{what} {strategy}")
        if key not in kept:
            kept[key] = ask()
        return kept[key]

    def _score_pairs(
        self, attack: MembershipAttack, label: str, strategy: QueryStrategy
    ) -> AttackScores:
        rows = np.arange(self._scenario.pool.candidates)
        if attack.access == "labels":
            rows = self._draw_records(rows)
        scores, queries, why = self._infer(attack, strategy, rows)
        pool = self._scenario.pool
        return AttackScores(
            level="pair",
            attack=label,
            strategy=strategy,
            adaptive=self._adaptive(attack, strategy),
            access=attack.access,
            in_sample=bool(getattr(attack, "in_sample", False)),
            ids=self._scenario.pair_ids
            if len(rows) == pool.candidates
            else tuple(self._scenario.pair_ids[row] for row in rows.tolist()),
            member=self.member[rows],
            block=pool.block[rows],
            scores=scores,
            queries=queries,
            learns=attack.learns,
            rows=rows,
            why=why,
        )

    def _score_subjects(
        self,
        level: Granularity,
        subjects: Subjects,
        attack: MembershipAttack,
        label: str,
        strategy: QueryStrategy,
    ) -> AttackScores:
        """Score photos or people by the mean score of the pairs they are asked about with."""
        each, queries, why = self._infer(attack, strategy, subjects.rows)
        count = len(subjects.ids)
        scores = np.bincount(subjects.subject, weights=each, minlength=count) / np.bincount(
            subjects.subject, minlength=count
        )
        adaptive = self._adaptive(attack, strategy)
        unscored = self._describe_subjects(level, subjects, label, strategy)
        return replace(unscored, adaptive=adaptive, scores=scores, queries=queries, why=why)

    def _score_distribution(
        self, level: Granularity, subjects: Subjects, strategy: QueryStrategy
    ) -> AttackScores:
        observation = self._observe(self._channels_of(strategy), subjects.rows, "scores")
        features = subject_features(
            observation.margins(), observation.same, subjects.subject, len(subjects.ids)
        )
        unscored = self._describe_subjects(level, subjects, Distribution.name, strategy)
        rng = self._rng(f"{level} distribution {strategy}")
        try:
            scores = Distribution().infer_subjects(features, subjects.block, unscored.member, rng)
            why = ""
        except FaceAuditError as error:
            scores, why = np.full(len(subjects.ids), np.nan), str(error)
        queries = observation.answers.size
        return replace(unscored, scores=scores, queries=queries, learns=True, why=why)

    def _describe_subjects(
        self, level: Granularity, subjects: Subjects, attack: str, strategy: QueryStrategy
    ) -> AttackScores:
        """Return photos or people as an attack's records, not scored yet."""
        count = len(subjects.ids)
        return AttackScores(
            level=level,
            attack=attack,
            strategy=strategy,
            adaptive=strategy != "served" or self.answers.mitigation.name == "none",
            access="scores",
            in_sample=False,
            ids=subjects.ids,
            member=self._subject_members(subjects),
            block=subjects.block,
            scores=np.full(count, np.nan),
            queries=0,
            learns=False,
            rows=np.arange(count),
        )

    def _subject_members(self, subjects: Subjects) -> BoolArray:
        learned = np.zeros(int(subjects.block.max()) + 1, dtype=np.bool_)
        learned[self._scenario.pool.block[subjects.rows]] = self.member[subjects.rows]
        return learned[subjects.block]

    def _infer(
        self, attack: MembershipAttack, strategy: QueryStrategy, rows: IntArray
    ) -> tuple[Float64Array, int, str]:
        """Return an attack's score of each pair, how many queries it took, and why there are none.

        Where no shadow learned a pair, or all did, an attack by shadows cannot score it: it then
        gets the median score of all other pairs.
        """
        channels = self._channels_of(strategy)
        groups = [[channel] for channel in channels] if strategy == "each" else [channels]
        scores_by_group, queries = [], 0
        for number, group in enumerate(groups):
            observation = self._observe(group, rows, attack.access)
            rng = self._rng(f"{attack.name} {strategy} {number} {len(rows)}")
            scored = np.arange(len(rows))
            if attack.shadowed and observation.in_mask is not None:
                mixed = observation.in_mask.any(axis=0) & ~observation.in_mask.all(axis=0)
                scored = np.flatnonzero(mixed) if mixed.any() else scored
            nothing = np.full(len(rows), np.nan)
            if attack.shadowed and not len(self._shadows):
                return nothing, queries, NO_SHADOWS
            try:
                inferred = attack.infer(observation.take(scored), self.member[rows[scored]], rng)
            except FaceAuditError as error:
                return nothing, queries, str(error)
            if wrong := int(np.count_nonzero(~np.isfinite(inferred))):
                why = f"expected finite scores of {attack.name!r}, got {wrong:,} that are not"
                return nothing, queries, why
            scores = np.full(len(rows), np.median(inferred))
            scores[scored] = inferred
            scores_by_group.append(scores)
            assert observation.oracle is not None
            queries += observation.oracle.queries
        return np.max(scores_by_group, axis=0), queries, ""

    def _channels_of(self, strategy: QueryStrategy) -> list[str]:
        """Return the names of the channels that a query strategy asks through."""
        if strategy in ("served", "assignment"):
            return [strategy]
        return [channel for channel in self.answers.channels if channel.startswith("each-")]

    def _observe(self, channels: Sequence[str], rows: IntArray, access: Access) -> Observation:
        """Return the attacker's observation of pairs: the target's answers, and the shadows'."""
        pairs, pool = self._scenario.pairs, self._scenario.pool
        oracle = Oracle(self.answers.verifiers.only(self.number), access)
        oracle.queries = len(channels) * len(rows)  # answered already, with all other verifiers
        answers = np.stack(
            [self.answers.scores_of(channel, self.number)[:, rows] for channel in channels], axis=2
        )
        if access == "labels":
            answers = as_labels(answers)
        shadows, first, second = None, None, None
        if len(self._shadows):
            shadows = answers[self._shadows]
        if access == "labels":
            first, second = pairs.sides(self.answers.backbones_of(channels[0], self.number), rows)
        return Observation(
            same=pool.same[rows],
            answers=answers[self.number],
            group=pool.block[rows],
            shadows=shadows,
            in_mask=self._scenario.member[np.ix_(self._shadows, rows)]
            if shadows is not None
            else None,
            oracle=oracle,
            first=first,
            second=second,
        )

    def _draw_records(self, rows: IntArray) -> IntArray:
        """Return as many members as non-members, drawn, for attacks that ask much."""
        most = self._scenario.plan.label_records // 2
        rng = self._rng("records asked for labels")
        sides = [rng.permutation(rows[self.member[rows] == side]) for side in (True, False)]
        each = min(most, *(len(side) for side in sides))
        return np.sort(np.concatenate([side[:each] for side in sides]))

    def _adaptive(self, attack: MembershipAttack, strategy: QueryStrategy) -> bool:
        """Return whether an attack uses what it knows of the mitigation.

        Shadows are trained with the same mitigation, and labels are asked for where scores say
        little; where nothing is done about leaks, there is nothing to know.
        """
        if self.answers.mitigation.several:
            return strategy != "served"
        unmitigated = self.answers.mitigation.name == "none"
        return unmitigated or attack.shadowed or attack.access == "labels"

    def _rng(self, what: str) -> np.random.Generator:
        seed = self._scenario.seed
        return np.random.default_rng([seed, self.number, zlib.crc32(what.encode())])
