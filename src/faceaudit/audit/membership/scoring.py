"""Every attack on one verifier: what the attacker is given, what is asked, and the scores."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from faceaudit.attacks.membership import MembershipAttack, Observation, Oracle
from faceaudit.attacks.membership.common.distribution import Distribution, unit_features
from faceaudit.attacks.membership.common.oracle import Access, as_labels
from faceaudit.audit.membership.answers import AttackScores, QueryStrategy, VerifierAnswers
from faceaudit.audit.membership.plan import Granularity
from faceaudit.audit.membership.pool import Subjects
from faceaudit.errors import FaceAuditError
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
        setting = answers.setting
        self._setting = setting
        self.member = setting.inside[number]
        others = np.arange(len(setting.inside)) != number
        # Lists leave no shadows: every verifier learned from the same pairs.
        self._shadows = np.flatnonzero(others & (setting.pool.members is None))

    def scored(self) -> Iterator[AttackScores]:
        """Yield what every attack of the plan says, at every level of the plan."""
        plan, units = self._setting.plan, self._setting.pool.subjects
        for attack, label in zip(plan.attacks, plan.labels(), strict=True):
            for knowledge in self.answers.strategies():
                if attack.access == "labels" and knowledge in ("each", "all"):
                    continue  # a distance to a boundary needs one way to ask
                if "pair" in plan.levels:
                    ask = partial(self._pairs, attack, label, knowledge)
                    yield self._once(f"pair {label}", knowledge, ask)
                if attack.learns or attack.access == "labels":
                    continue
                for level in units:
                    ask = partial(self._units, level, units[level], attack, label, knowledge)
                    yield self._once(f"{level} {label}", knowledge, ask)
        for level in units:
            for knowledge in self.answers.strategies():
                if knowledge != "each":
                    ask = partial(self._distribution, level, units[level], knowledge)
                    yield self._once(f"{level} distribution", knowledge, ask)

    def _once(
        self, what: str, knowledge: QueryStrategy, ask: Callable[[], AttackScores]
    ) -> AttackScores:
        """Return what an attack says; where that does not depend on how users ask, it is kept."""
        if knowledge == "served":
            return ask()
        kept, key = self.answers.memory.scored, (self.number, f"{what} {knowledge}")
        if key not in kept:
            kept[key] = ask()
        return kept[key]

    def _pairs(
        self, attack: MembershipAttack, label: str, knowledge: QueryStrategy
    ) -> AttackScores:
        rows = np.arange(self._setting.pool.candidates)
        if attack.access == "labels":
            rows = self._some(rows)
        scores, queries, why = self._infer(attack, knowledge, rows)
        pool = self._setting.pool
        return AttackScores(
            level="pair",
            attack=label,
            knowledge=knowledge,
            adaptive=self._adaptive(attack, knowledge),
            access=attack.access,
            in_sample=bool(getattr(attack, "in_sample", False)),
            ids=self._setting.pair_ids
            if len(rows) == pool.candidates
            else tuple(self._setting.pair_ids[row] for row in rows.tolist()),
            member=self.member[rows],
            block=pool.block[rows],
            scores=scores,
            queries=queries,
            learns=attack.learns,
            rows=rows,
            why=why,
        )

    def _units(
        self,
        level: Granularity,
        units: Subjects,
        attack: MembershipAttack,
        label: str,
        knowledge: QueryStrategy,
    ) -> AttackScores:
        """Score photos or people by the mean score of the pairs they are asked about with."""
        each, queries, why = self._infer(attack, knowledge, units.rows)
        count = len(units.ids)
        scores = np.bincount(units.unit, weights=each, minlength=count) / np.bincount(
            units.unit, minlength=count
        )
        adaptive = self._adaptive(attack, knowledge)
        found = self._of_units(level, units, label, knowledge)
        return replace(found, adaptive=adaptive, scores=scores, queries=queries, why=why)

    def _distribution(
        self, level: Granularity, units: Subjects, knowledge: QueryStrategy
    ) -> AttackScores:
        seen = self._seen(self._ways(knowledge), units.rows, "scores")
        features = unit_features(seen.margins(), seen.same, units.unit, len(units.ids))
        found = self._of_units(level, units, Distribution.name, knowledge)
        rng = self._rng(f"{level} distribution {knowledge}")
        try:
            scores = Distribution().infer_units(features, units.block, found.member, rng)
            why = ""
        except FaceAuditError as error:
            scores, why = np.full(len(units.ids), np.nan), str(error)
        queries = seen.answers.size
        return replace(found, scores=scores, queries=queries, learns=True, why=why)

    def _of_units(
        self, level: Granularity, units: Subjects, attack: str, knowledge: QueryStrategy
    ) -> AttackScores:
        """Return what is known of photos or people before they are scored."""
        count = len(units.ids)
        return AttackScores(
            level=level,
            attack=attack,
            knowledge=knowledge,
            adaptive=knowledge != "served" or self.answers.mitigation.name == "none",
            access="scores",
            in_sample=False,
            ids=units.ids,
            member=self._unit_members(units),
            block=units.block,
            scores=np.full(count, np.nan),
            queries=0,
            learns=False,
            rows=np.arange(count),
        )

    def _unit_members(self, units: Subjects) -> BoolArray:
        known = np.zeros(int(units.block.max()) + 1, dtype=np.bool_)
        known[self._setting.pool.block[units.rows]] = self.member[units.rows]
        return known[units.block]

    def _infer(
        self, attack: MembershipAttack, knowledge: QueryStrategy, rows: IntArray
    ) -> tuple[Float64Array, int, str]:
        """Return an attack's score of each pair, how many queries it took, and why there are none.

        Where no shadow learned a pair, or all did, an attack by shadows has nothing to say of it:
        it then scores as the median of all others does.
        """
        ways = self._ways(knowledge)
        groups = [[way] for way in ways] if knowledge == "each" else [ways]
        found, queries = [], 0
        for number, group in enumerate(groups):
            seen = self._seen(group, rows, attack.access)
            rng = self._rng(f"{attack.name} {knowledge} {number} {len(rows)}")
            told = np.arange(len(rows))
            if attack.shadowed and seen.in_mask is not None:
                mixed = seen.in_mask.any(axis=0) & ~seen.in_mask.all(axis=0)
                told = np.flatnonzero(mixed) if mixed.any() else told
            nothing = np.full(len(rows), np.nan)
            if attack.shadowed and not len(self._shadows):
                return nothing, queries, NO_SHADOWS
            try:
                said = attack.infer(seen.take(told), self.member[rows[told]], rng)
            except FaceAuditError as error:
                return nothing, queries, str(error)
            if wrong := int(np.count_nonzero(~np.isfinite(said))):
                why = f"expected finite scores of {attack.name!r}, got {wrong:,} that are not"
                return nothing, queries, why
            scores = np.full(len(rows), np.median(said))
            scores[told] = said
            found.append(scores)
            assert seen.oracle is not None
            queries += seen.oracle.queries
        return np.max(found, axis=0), queries, ""

    def _ways(self, knowledge: QueryStrategy) -> list[str]:
        if knowledge in ("served", "assignment"):
            return [knowledge]
        return [way for way in self.answers.query_channels if way.startswith("each-")]

    def _seen(self, ways: Sequence[str], rows: IntArray, access: Access) -> Observation:
        """Return what the attacker holds: the target asked through a view, and the shadows."""
        pairs, pool = self._setting.pairs, self._setting.pool
        view = Oracle(self.answers.verifiers.only(self.number), access)
        view.queries = len(ways) * len(rows)  # asked already, with all others
        said = np.stack([self.answers.scores_of(way, self.number)[:, rows] for way in ways], axis=2)
        if access == "labels":
            said = as_labels(said)
        shadows, first, second = None, None, None
        if len(self._shadows):
            shadows = said[self._shadows]
        if access == "labels":
            first, second = pairs.sides(self.answers.channel(ways[0], self.number), rows)
        return Observation(
            same=pool.same[rows],
            answers=said[self.number],
            group=pool.block[rows],
            shadows=shadows,
            in_mask=self._setting.inside[np.ix_(self._shadows, rows)]
            if shadows is not None
            else None,
            oracle=view,
            first=first,
            second=second,
        )

    def _some(self, rows: IntArray) -> IntArray:
        """Return as many members as others, drawn, for attacks that ask much."""
        most = self._setting.plan.label_records // 2
        rng = self._rng("records asked for labels")
        sides = [rng.permutation(rows[self.member[rows] == side]) for side in (True, False)]
        each = min(most, *(len(side) for side in sides))
        return np.sort(np.concatenate([side[:each] for side in sides]))

    def _adaptive(self, attack: MembershipAttack, knowledge: QueryStrategy) -> bool:
        """Return whether an attack uses what it knows of the mitigation.

        Shadows are trained with the same mitigation, and labels are asked for where scores say
        little; where nothing is done about leaks, there is nothing to know.
        """
        if self.answers.mitigation.several:
            return knowledge != "served"
        plain = self.answers.mitigation.name == "none"
        return plain or attack.shadowed or attack.access == "labels"

    def _rng(self, what: str) -> np.random.Generator:
        seed = self._setting.plan.seed
        return np.random.default_rng([seed, self.number, zlib.crc32(what.encode())])
