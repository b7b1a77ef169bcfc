"""Every attack on one verifier, at every level: queries, scores, and what adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.attacks.membership import MembershipAttack
from faceaudit.attacks.membership.base import RatioMembershipAttack
from faceaudit.attacks.membership.common.distribution import Distribution, subject_features
from faceaudit.audit.membership.answers import AttackScores, VerifierAnswers
from faceaudit.audit.membership.distances import SINGLE, Measured
from faceaudit.audit.membership.observing import Observer
from faceaudit.audit.membership.pool import Subjects
from faceaudit.audit.membership.validity import uses_mitigation
from faceaudit.errors import FaceAuditError
from faceaudit.records.membership import JOINT, Granularity, QueryStrategy
from faceaudit.types import BoolArray, Float64Array, IntArray

NO_SHADOWS = (
    "expected verifiers that learned from other pairs, got none: of lists, all learn from the "
    "same; draw the pairs, and have more verifiers"
)


@dataclass(frozen=True, eq=False)
class _Inferred:
    """Scores of n pairs; what adds up of them, (n,), or None; queries; and why there are none."""

    scores: Float64Array
    log_ratio: Float64Array | None
    queries: int
    why: str = ""


class Target:
    """One verifier under attack, all others being the attacker's shadows.

    Args:
        answers: of all verifiers.
        number: which one.
        measured: distances that attacks on labels rest on.
    """

    def __init__(self, answers: VerifierAnswers, number: int, measured: Measured) -> None:
        self.answers = answers
        self.number = number
        self._observer = Observer(answers, number)
        self._measured = measured
        self._scenario = answers.scenario
        self.member = self._observer.member

    def attack_scores(self) -> Iterator[AttackScores]:
        """Yield the scores of every attack of the plan, at every level of the plan."""
        plan, subjects = self._scenario.plan, self._scenario.pool.subjects
        for attack, label in zip(plan.attacks, plan.labels(), strict=True):
            for strategy in self.answers.strategies():
                if strategy in SINGLE or self._applies(attack, strategy):
                    yield from self._cached(attack, label, strategy)
        for level in subjects:
            for strategy in self.answers.strategies():
                if strategy != "each":
                    yield self._score_distribution(level, subjects[level], strategy)

    @staticmethod
    def _applies(attack: MembershipAttack, strategy: QueryStrategy) -> bool:
        """Return whether an attack makes sense of several backbones asked by a strategy."""
        return attack.access == "scores" and not (strategy == "each" and attack.weighs_channels)

    def _cached(
        self, attack: MembershipAttack, label: str, strategy: QueryStrategy
    ) -> list[AttackScores]:
        """Return an attack's scores, kept where they do not depend on how users ask."""
        if strategy == "served":
            return list(self._score_all(attack, label, strategy))
        kept, key = self.answers.cache.scored, (self.number, f"{label} {strategy}")
        if key not in kept:
            kept[key] = list(self._score_all(attack, label, strategy))
        return kept[key]

    def _score_all(
        self, attack: MembershipAttack, label: str, strategy: QueryStrategy
    ) -> Iterator[AttackScores]:
        """Yield an attack's scores of pairs, of what adds up, and of subjects asked about anew."""
        scenario = self._scenario
        labels = attack.access == "labels"
        rows = scenario.asked_for_labels if labels else np.arange(scenario.pool.candidates)
        inferred = self._infer(attack, label, strategy, rows)
        pairs = self._of_pairs(attack, label, strategy, rows, inferred)
        if "pair" in scenario.plan.levels:
            yield pairs
            matched = self.answers.matched(self.number) if strategy == "served" else None
            if matched is not None:
                yield pairs.take(matched[rows], "matched")
                yield pairs.take(~matched[rows], "unmatched")
        if isinstance(attack, RatioMembershipAttack) and strategy != "each":
            for level in scenario.plan.levels:
                if level != "pair":
                    yield self._add_up(attack, level, pairs, inferred)
        if not (labels or attack.learns or attack.both_orders):
            for level, subjects in scenario.pool.subjects.items():
                yield self._score_subjects(level, subjects, attack, label, strategy)

    def _of_pairs(
        self,
        attack: MembershipAttack,
        label: str,
        strategy: QueryStrategy,
        rows: IntArray,
        inferred: _Inferred,
    ) -> AttackScores:
        ids, pool = self._scenario.pair_ids, self._scenario.pool
        whole = len(rows) == pool.candidates
        return AttackScores(
            level="pair",
            attack=label,
            strategy=strategy,
            adaptive=uses_mitigation(self.answers.mitigation, attack, strategy),
            access=attack.access,
            in_sample=bool(getattr(attack, "in_sample", False)),
            ids=ids if whole else tuple(ids[row] for row in rows.tolist()),
            member=self.member[rows],
            block=pool.block[rows],
            scores=inferred.scores,
            queries=inferred.queries,
            learns=attack.learns,
            rows=rows,
            by_membership=attack.by_membership,
            why=inferred.why,
        )

    def _add_up(
        self,
        attack: RatioMembershipAttack,
        level: Granularity,
        pairs: AttackScores,
        inferred: _Inferred,
    ) -> AttackScores:
        """Score blocks, people or photos by the sum over all candidates that they are in."""
        subjects = self._scenario.joint(level)
        if len(pairs.rows) < self._scenario.pool.candidates:
            subjects = subjects.restricted(pairs.rows)
        scores = np.full(len(subjects.ids), np.nan)
        if inferred.log_ratio is not None:
            place = np.searchsorted(pairs.rows, subjects.rows)
            total = np.bincount(
                subjects.subject, weights=inferred.log_ratio[place], minlength=len(scores)
            )
            scores = attack.rank(np.asarray(total, dtype=np.float64))
        return replace(
            pairs,
            level=level,
            attack=f"{pairs.attack} {JOINT}",
            ids=subjects.ids,
            member=self._subject_members(subjects),
            block=subjects.block,
            scores=scores,
            rows=np.arange(len(subjects.ids)),
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
        inferred = self._infer(attack, label, strategy, subjects.rows)
        count = len(subjects.ids)
        scores = np.bincount(
            subjects.subject, weights=inferred.scores, minlength=count
        ) / np.bincount(subjects.subject, minlength=count)
        return replace(
            self._describe_subjects(level, subjects, label, strategy),
            adaptive=uses_mitigation(self.answers.mitigation, attack, strategy),
            scores=scores,
            queries=inferred.queries,
            by_membership=attack.by_membership,
            why=inferred.why,
        )

    def _score_distribution(
        self, level: Granularity, subjects: Subjects, strategy: QueryStrategy
    ) -> AttackScores:
        observation = self._observer.observe(self._channels_of(strategy), subjects.rows)
        features = subject_features(
            observation.margins(), observation.same, subjects.subject, len(subjects.ids)
        )
        unscored = self._describe_subjects(level, subjects, Distribution.name, strategy)
        rng = self._observer.draws(f"{level} distribution {strategy}")
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
        self, attack: MembershipAttack, label: str, strategy: QueryStrategy, rows: IntArray
    ) -> _Inferred:
        """Return an attack's score of each pair.

        Asked with each backbone in turn, a pair's highest score counts, and nothing adds up.
        """
        nothing = np.full(len(rows), np.nan)
        if attack.shadowed and not len(self._observer.shadows):
            return _Inferred(nothing, None, 0, NO_SHADOWS)
        channels = self._channels_of(strategy)
        groups = [[channel] for channel in channels] if strategy == "each" else [channels]
        found, queries = [], 0
        for number, group in enumerate(groups):
            rng = self._observer.draws(f"{attack.name} {strategy} {number} {len(rows)}")
            try:
                one = self._infer_once(attack, label, strategy, group, rows, rng)
            except FaceAuditError as error:
                return _Inferred(nothing, None, queries, str(error))
            found.append(one)
            queries += one.queries
        scores = np.max([one.scores for one in found], axis=0)
        if wrong := int(np.count_nonzero(~np.isfinite(scores))):
            why = f"expected finite scores of {attack.name!r}, got {wrong:,} that are not"
            return _Inferred(nothing, None, queries, why)
        return _Inferred(scores, found[0].log_ratio if len(found) == 1 else None, queries)

    def _infer_once(
        self,
        attack: MembershipAttack,
        label: str,
        strategy: QueryStrategy,
        channels: Sequence[str],
        rows: IntArray,
        rng: np.random.Generator,
    ) -> _Inferred:
        """Return an attack's score of each pair through some channels.

        Where no shadow learned a pair, or all did, an attack by shadows cannot score it: it then
        gets the median of all other pairs.
        """
        observation = self._observer.observe(
            channels, rows, attack.access, both_orders=attack.both_orders
        )
        if attack.access == "labels":
            distances = self._measured[label, strategy]
            observation = self._observer.with_distances(observation, distances)
        assert observation.oracle is not None
        scored = np.arange(len(rows))
        if attack.shadowed and observation.in_mask is not None:
            assert observation.out_mask is not None
            mixed = observation.in_mask.any(axis=0) & observation.out_mask.any(axis=0)
            scored = np.flatnonzero(mixed) if mixed.any() else scored
        whole = len(scored) == len(rows)
        seen = observation if whole else observation.take(scored)
        if isinstance(attack, RatioMembershipAttack):
            log_ratio = _fill(attack.log_ratio(seen, rng), scored, len(rows))
            return _Inferred(attack.rank(log_ratio), log_ratio, observation.oracle.queries)
        scores = attack.infer(seen, self.member[rows[scored]], rng)
        return _Inferred(_fill(scores, scored, len(rows)), None, observation.oracle.queries)

    def _channels_of(self, strategy: QueryStrategy) -> list[str]:
        """Return the names of the channels that a query strategy asks through."""
        if strategy in SINGLE:
            return [strategy]
        return [channel for channel in self.answers.channels if channel.startswith("each-")]


def _fill(values: Float64Array, rows: IntArray, count: int) -> Float64Array:
    """Return (count,) values: those known at rows, their median elsewhere."""
    if len(rows) == count:
        return values
    out = np.full(count, np.median(values))
    out[rows] = values
    return out
