"""Every attack on one verifier: what the attacker is given, what is asked, and the scores."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from faceaudit.attacks.membership import Membership, Seen, View
from faceaudit.attacks.membership.distribution import Distribution, unit_features
from faceaudit.attacks.membership.membership import Float64Array
from faceaudit.attacks.membership.view import Access, as_labels
from faceaudit.audit.privacy.answers import Answers, Knowledge, Scored
from faceaudit.audit.privacy.plan import Level
from faceaudit.audit.privacy.pool import BoolArray, Units
from faceaudit.types import IntArray


class Target:
    """One verifier under attack, all others being the attacker's shadows.

    Args:
        answers: of all verifiers.
        number: which one.
    """

    def __init__(self, answers: Answers, number: int) -> None:
        self.answers = answers
        self.number = number
        setting = answers.setting
        self._setting = setting
        self.member = setting.inside[number]
        others = np.arange(len(setting.inside)) != number
        # Lists leave no shadows: every verifier learned from the same pairs.
        self._shadows = np.flatnonzero(others & (setting.pool.members is None))

    def scored(self) -> Iterator[Scored]:
        """Yield what every attack of the plan says, at every level."""
        units = self._setting.pool.units
        for attack in self._setting.plan.attacks:
            if attack.shadowed and not len(self._shadows):
                continue
            spelled = str(attack.spec())
            for knowledge in self.answers.knowledges():
                if attack.access == "labels" and knowledge in ("each", "all"):
                    continue  # a distance to a boundary needs one way to ask
                yield self._once(spelled, knowledge, partial(self._pairs, attack, knowledge))
                if attack.learns or attack.access == "labels":
                    continue
                for level in units:
                    ask = partial(self._units, level, units[level], attack, knowledge)
                    yield self._once(f"{level} {spelled}", knowledge, ask)
        for level in units:
            for knowledge in self.answers.knowledges():
                if knowledge != "each":
                    ask = partial(self._distribution, level, units[level], knowledge)
                    yield self._once(f"{level} distribution", knowledge, ask)

    def _once(self, what: str, knowledge: Knowledge, ask: Callable[[], Scored]) -> Scored:
        """Return what an attack says; where that does not depend on how users ask, it is kept."""
        if knowledge == "served":
            return ask()
        kept, key = self.answers.memory.scored, (self.number, f"{what} {knowledge}")
        if key not in kept:
            kept[key] = ask()
        return kept[key]

    def _pairs(self, attack: Membership, knowledge: Knowledge) -> Scored:
        rows = np.arange(self._setting.pool.candidates)
        if attack.access == "labels":
            rows = self._some(rows)
        scores, queries = self._infer(attack, knowledge, rows)
        pool, faces = self._setting.pool, self._setting.faces
        ids = tuple(
            f"{faces.ids[one]} {faces.ids[two]}"
            for one, two in zip(pool.first[rows], pool.second[rows], strict=True)
        )
        in_sample = bool(getattr(attack, "in_sample", False))
        return Scored(
            "pair",
            f"{attack.name} in-sample" if in_sample else attack.name,
            knowledge,
            self._adaptive(attack, knowledge),
            attack.access,
            in_sample,
            ids,
            self.member[rows],
            pool.block[rows],
            scores,
            queries,
            attack.learns,
        )

    def _units(
        self, level: Level, units: Units, attack: Membership, knowledge: Knowledge
    ) -> Scored:
        """Score photos or people by the mean score of the pairs they are asked about with."""
        each, queries = self._infer(attack, knowledge, units.rows)
        count = len(units.ids)
        scores = np.bincount(units.unit, weights=each, minlength=count) / np.bincount(
            units.unit, minlength=count
        )
        adaptive = self._adaptive(attack, knowledge)
        return self._of_units(level, units, attack.name, knowledge, adaptive, scores, queries)

    def _distribution(self, level: Level, units: Units, knowledge: Knowledge) -> Scored:
        seen = self._seen(self._ways(knowledge), units.rows, "scores")
        features = unit_features(seen.margins(), seen.same, units.unit, len(units.ids))
        attack = Distribution()
        member = self._unit_members(units)
        rng = self._rng(f"{level} distribution {knowledge}")
        scores = attack.infer_units(features, units.block, member, rng)
        queries = seen.answers.size
        adaptive = knowledge != "served" or not self.answers.mitigation.several
        name = attack.name
        return self._of_units(level, units, name, knowledge, adaptive, scores, queries, learns=True)

    def _of_units(
        self,
        level: Level,
        units: Units,
        attack: str,
        knowledge: Knowledge,
        adaptive: bool,  # noqa: FBT001 - one more column of many
        scores: Float64Array,
        queries: int,
        *,
        learns: bool = False,
    ) -> Scored:
        return Scored(
            level,
            attack,
            knowledge,
            adaptive,
            "scores",
            False,  # noqa: FBT003 - units are never scored in sample
            units.ids,
            self._unit_members(units),
            units.block,
            scores,
            queries,
            learns,
        )

    def _unit_members(self, units: Units) -> BoolArray:
        known = np.zeros(int(units.block.max()) + 1, dtype=np.bool_)
        known[self._setting.pool.block[units.rows]] = self.member[units.rows]
        return known[units.block]

    def _infer(
        self, attack: Membership, knowledge: Knowledge, rows: IntArray
    ) -> tuple[Float64Array, int]:
        """Return an attack's score of each pair and how many queries it took."""
        ways = self._ways(knowledge)
        groups = [[way] for way in ways] if knowledge == "each" else [ways]
        found, queries = [], 0
        for number, group in enumerate(groups):
            seen = self._seen(group, rows, attack.access)
            rng = self._rng(f"{attack.name} {knowledge} {number} {len(rows)}")
            found.append(attack.infer(seen, self.member[rows], rng))
            assert seen.view is not None
            queries += seen.view.queries
        return np.max(found, axis=0), queries

    def _ways(self, knowledge: Knowledge) -> list[str]:
        if knowledge in ("served", "assignment"):
            return [knowledge]
        return [way for way in self.answers.ways if way.startswith("each-")]

    def _seen(self, ways: Sequence[str], rows: IntArray, access: Access) -> Seen:
        """Return what the attacker holds: the target asked through a view, and the shadows."""
        pairs, pool = self._setting.pairs, self._setting.pool
        view = View(self.answers.verifiers.only(self.number), access)
        asked, sides = [], []
        for way in ways:
            sides.append(pairs.sides(self.answers.channel(way, self.number), rows))
            asked.append(view.ask(*sides[-1]))
        shadows = None
        if len(self._shadows):
            said = np.stack(
                [self.answers.said(way, self.number)[np.ix_(self._shadows, rows)] for way in ways],
                axis=2,
            )
            shadows = said if access == "scores" else as_labels(said)
        return Seen(
            same=pool.same[rows],
            answers=np.stack(asked, axis=1),
            group=pool.block[rows],
            shadows=shadows,
            inside=self._setting.inside[np.ix_(self._shadows, rows)]
            if shadows is not None
            else None,
            view=view,
            first=sides[0][0],
            second=sides[0][1],
        )

    def _some(self, rows: IntArray) -> IntArray:
        """Return as many members as others, drawn, for attacks that ask much."""
        most = self._setting.plan.label_records // 2
        rng = self._rng("records asked for labels")
        sides = [rng.permutation(rows[self.member[rows] == side]) for side in (True, False)]
        each = min(most, *(len(side) for side in sides))
        return np.sort(np.concatenate([side[:each] for side in sides]))

    def _adaptive(self, attack: Membership, knowledge: Knowledge) -> bool:
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
