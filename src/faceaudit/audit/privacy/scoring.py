"""Every attack on one verifier: what the attacker is given, what is asked, and the scores."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from faceaudit.attacks.membership import Membership, Seen, View
from faceaudit.attacks.membership.distribution import Distribution, unit_features
from faceaudit.attacks.membership.membership import Float64Array
from faceaudit.attacks.membership.view import Access, as_labels
from faceaudit.audit.privacy.plan import Level
from faceaudit.audit.privacy.pool import BoolArray, Units
from faceaudit.audit.privacy.setting import Setting
from faceaudit.mitigations import Mitigation
from faceaudit.mitigations.mitigation import one_backbone
from faceaudit.systems.verifiers import Verifiers
from faceaudit.types import FloatArray, IntArray

Knowledge = Literal["served", "each", "all", "assignment"]
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Scored:
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
    """

    level: Level
    attack: str
    knowledge: Knowledge
    adaptive: bool
    access: Access
    in_sample: bool
    ids: tuple[str, ...]
    member: BoolArray
    block: IntArray
    scores: Float64Array
    queries: int
    learns: bool

    @property
    def key(self) -> str:
        """The attack as figures are named by it."""
        return f"{self.level}:{self.attack}:{self.knowledge}"


class Answers:
    """What all verifiers of a case say of all pairs, asked in every way that an attacker may.

    Args:
        setting: pairs and halves.
        mitigation: what is audited.
        verifiers: the trained verifiers.
    """

    def __init__(self, setting: Setting, mitigation: Mitigation, verifiers: Verifiers) -> None:
        self.setting = setting
        self.mitigation = mitigation
        self.verifiers = verifiers
        self.ways: dict[str, IntArray] = {"served": verifiers.served}
        if mitigation.several:
            for number in range(len(setting.pairs.backbones)):
                self.ways[f"each-{number}"] = one_backbone(setting.pairs, number)
        self._said = {way: self._ask(channel) for way, channel in self.ways.items()}

    def served(self) -> FloatArray:
        """Return (M, P) what users are told."""
        return self._said["served"]

    def said(self, way: str, target: int) -> FloatArray:
        """Return (M, P) answers, asked as `way` says; "assignment" is the target's."""
        if way != "assignment":
            return self._said[way]
        assigned = self._assigned(target)
        each = np.stack([self._said[f"each-{k}"] for k in range(assigned.max() + 1)])
        return np.asarray(np.take_along_axis(each, assigned[None, None, :], axis=0)[0])

    def channel(self, way: str, target: int) -> IntArray:
        """Return (P, J) the backbones that `way` asks with."""
        return self._assigned(target)[:, None] if way == "assignment" else self.ways[way]

    def _assigned(self, target: int) -> IntArray:
        assert self.verifiers.assigned is not None
        assigned: IntArray = self.verifiers.assigned[target]
        return assigned

    def _ask(self, channel: IntArray) -> FloatArray:
        pairs = self.setting.pairs
        out = np.empty((self.verifiers.count, len(pairs)), dtype=np.float32)
        for start in range(0, len(pairs), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(pairs)))
            out[:, rows] = self.verifiers.answers(*pairs.sides(channel, rows))
        return out

    def knowledges(self) -> tuple[Knowledge, ...]:
        """Return the ways that an attacker of this mitigation may try."""
        if not self.mitigation.several:
            return ("served",)
        if self.verifiers.assigned is None:
            return ("served", "each", "all")
        return ("served", "each", "all", "assignment")


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
        plan, pool = self._setting.plan, self._setting.pool
        for attack in plan.attacks:
            if attack.shadowed and not len(self._shadows):
                continue
            for knowledge in self.answers.knowledges():
                if attack.access == "labels" and knowledge in ("each", "all"):
                    continue  # a distance to a boundary needs one way to ask
                yield self._pairs(attack, knowledge)
                if attack.learns or attack.access == "labels":
                    continue
                for level, units in pool.units.items():
                    yield self._units(level, units, attack, knowledge)
        for level, units in pool.units.items():
            for knowledge in self.answers.knowledges():
                if knowledge != "each":
                    yield self._distribution(level, units, knowledge)

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
