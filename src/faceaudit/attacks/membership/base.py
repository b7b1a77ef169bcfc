"""What every membership attack has: one score a record, and no peeking at what it is scored on.

An author writes `score`, or `fitted` for an attack that learns from known members; the family does
what authors get wrong: a fitted attack never scores a record that it learned from.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.common.oracle import Access, Oracle
from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

CLIP = 1e-6
"""How near to 0 or 1 an answer is taken to be at most, before its logit is taken."""


@dataclass(frozen=True, eq=False)
class Observation:
    """All that an attacker holds about N pairs (records).

    Attributes:
        same: (N,) whether a pair shows one person; the attacker knows the photos.
        answers: (N, C) what the verifier says, asked in C ways; labels are 0 and 1.
        group: (N,) the block of people that a pair is from; no person is in two.
        shadows: (S, N, C) what verifiers say that the attacker trained, or None.
        inside: (S, N) which pairs those were trained on, or None.
        view: the verifier, for further queries, or None.
        first, second: (N, J, E) the embeddings that make the first way to ask, or None.
    """

    same: BoolArray
    answers: FloatArray
    group: IntArray
    shadows: FloatArray | None = None
    in_mask: BoolArray | None = None
    oracle: Oracle | None = None
    first: FloatArray | None = None
    second: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.same)

    def take(self, rows: IntArray) -> Observation:
        """Return what is held about the pairs at `rows`."""
        return replace(
            self,
            same=self.same[rows],
            answers=self.answers[rows],
            group=self.group[rows],
            shadows=None if self.shadows is None else self.shadows[:, rows],
            in_mask=None if self.in_mask is None else self.in_mask[:, rows],
            first=None if self.first is None else self.first[rows],
            second=None if self.second is None else self.second[rows],
        )

    def margins(self) -> Float64Array:
        """Return (N, C) logits of the right answer: high where the verifier is surely right."""
        return correct_logits(self.answers, self.same)


def correct_logits(answers: FloatArray, same: BoolArray) -> Float64Array:
    """Return the logit of the right answer, (..., N, C); probabilities are clipped at 1e-6.

    >>> right_margins(np.array([[0.5], [0.0]], dtype=np.float32), np.array([True, False])).round(1)
    array([[ 0. ],
           [13.8]])
    """
    clipped = np.clip(answers.astype(np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.where(same[:, None], 1, -1) * (np.log(clipped) - np.log1p(-clipped)))


class MembershipAttack(Component):
    """An attack that scores how likely a pair was among those a verifier was trained on."""

    family: ClassVar[str] = "membership_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access] = "scores"
    shadowed: ClassVar[bool] = False
    """Whether it needs verifiers that the attacker trained."""
    learns: ClassVar[bool] = False
    """Whether it learns from pairs that the attacker knows to be members, or not."""

    @abstractmethod
    def infer(self, seen: Observation, known: BoolArray, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores; a higher one is more likely a member. Nothing seen is changed.

        Args:
            seen: N pairs.
            known: (N,) which of them are members; no score depends on its own pair's entry.
            rng: of whatever is drawn.
        """


class ScoredMembershipAttack(MembershipAttack):
    """An attack that knows of no member; an author writes `score`."""

    def infer(self, seen: Observation, known: BoolArray, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores, without a look at who is a member."""
        del known
        return self.score(seen, rng)

    @abstractmethod
    def score(self, seen: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores; a higher one is more likely a member."""


class Learned(Protocol):
    """What a fitted attack has learned."""

    def __call__(self, seen: Observation) -> Float64Array:
        """Return (N,) scores of pairs."""


class LearningMembershipAttack(MembershipAttack):
    """An attack that learns from known members; an author writes `learn`."""

    learns: ClassVar[bool] = True
    folds: int = Field(5, ge=2, description="parts of the records, people apart, scored in turn")
    in_sample: bool = Field(
        default=False,
        description="score the records learned from, as FaceBone did; such a figure is worth "
        "nothing, and the audit says so",
    )

    @abstractmethod
    def learn(self, seen: Observation, member: BoolArray, rng: np.random.Generator) -> Learned:
        """Return what scores pairs, learned from `seen` and which of them are members."""

    def infer(self, seen: Observation, known: BoolArray, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores, each by what was learned from other people's pairs.

        Groups of people are dealt to folds, members' and others' alike; each fold is scored by what
        was learned from all others.

        Raises:
            InputError: fewer groups of either kind than folds.
        """
        if self.in_sample:
            return self.learn(seen, known, rng)(seen)
        fold = deal_groups(seen.group, known, self.folds, rng)
        out = np.empty(len(seen))
        for number in range(self.folds):
            here = np.flatnonzero(fold == number)
            others = np.flatnonzero(fold != number)
            learned = self.learn(seen.take(others), known[others], rng)
            out[here] = learned(seen.take(here))
        return out


membership_attacks: Registry[MembershipAttack] = Registry(
    MembershipAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.membership",
)


def deal_groups(
    group: IntArray, member: BoolArray, folds: int, rng: np.random.Generator
) -> IntArray:
    """Return (N,) folds, whole groups at a time, as many of members as of others in each.

    Raises:
        InputError: a fold whose others would hold only members, or none.
    """
    names, place = np.unique(group, return_inverse=True)
    mostly = np.bincount(place, weights=member) > np.bincount(place) / 2
    drawn = rng.permutation(len(names))
    order = drawn[np.argsort(mostly[drawn], kind="stable")]
    dealt = np.empty(len(names), dtype=np.int64)
    dealt[order] = np.arange(len(names)) % folds
    fold: IntArray = dealt[place]
    for number in range(folds):
        rest = member[fold != number]
        if rest.all() or not rest.any() or not (fold == number).any():
            raise InputError(
                f"expected members and others, of other people, outside each of {folds} folds, got "
                f"{len(names)} groups of people; try fewer folds or more, smaller groups"
            )
    return fold
