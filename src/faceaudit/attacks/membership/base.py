"""Base classes of membership attacks: one score a pair, higher for likelier members.

An author writes `score`, or `learn` for an attack that learns from known members; the base does
what authors get wrong: a learning attack never scores a pair that it learned from.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    from faceaudit.systems.verifiers.bank import VerifierBank

CLIP = 1e-6
"""Answers are clipped this far from 0 and 1 before their logit is taken."""


Access = Literal["scores", "labels"]
"""What an attacker gets from a verifier: scores in [0, 1], or decisions alone."""


class Oracle:
    """One verifier that answers with scores or labels only, and counts the queries.

    Args:
        verifier: exactly one.
        access: "scores" gives answers in [0, 1]; "labels" gives 1 for one person, 0 for two.

    Attributes:
        queries: how many pairs it was asked about so far.
    """

    def __init__(self, verifier: VerifierBank, access: Access) -> None:
        if verifier.count != 1:
            raise InputError(f"expected one verifier to query, got {verifier.count}")
        self._verifier = verifier
        self.access = access
        self.queries = 0

    def query(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (N,) answers about pairs of embeddings, (N, J, E) each, by J backbones."""
        self.queries += len(first)
        answers = self._verifier.answers(first, second)[0]
        return answers if self.access == "scores" else as_labels(answers)


def as_labels(answers: FloatArray) -> FloatArray:
    """Return 1 where an answer accepts and 0 where it does not."""
    return (answers >= 0.5).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Observation:
    """An attacker's observation of N pairs.

    Attributes:
        same: (N,) whether a pair shows one person; the attacker knows the photos.
        answers: (N, C) the verifier's answers through C channels, each the backbones that pairs
            are asked about with; labels are 0 and 1.
        group: (N,) the block of people that a pair is from; no person is in two.
        shadows: (S, N, C) answers of the attacker's own verifiers (shadow models), or None.
        in_mask: (S, N) the pairs that each shadow was trained on, or None.
        out_mask: (S, N) the pairs that each was not trained on; None means all others. A pair that
            a shadow learned through another backbone than is asked about is in neither.
        swapped: (N, C) answers about the pairs in their other order, or None.
        swapped_shadows: (S, N, C) those of the shadows, or None.
        cosine: (N, K) the cosine of both embeddings by each backbone, or None.
        distance: (N,) the target's distances from its decision boundary, where they were measured.
        shadow_distances: (S, N) those of the shadows.
        oracle: the verifier, for further queries, or None.
        first, second: (N, J, E) the embeddings of the first channel, or None.
    """

    same: BoolArray
    answers: FloatArray
    group: IntArray
    shadows: FloatArray | None = None
    in_mask: BoolArray | None = None
    out_mask: BoolArray | None = None
    swapped: FloatArray | None = None
    swapped_shadows: FloatArray | None = None
    cosine: FloatArray | None = None
    distance: Float64Array | None = None
    shadow_distances: Float64Array | None = None
    oracle: Oracle | None = None
    first: FloatArray | None = None
    second: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.same)

    def take(self, rows: IntArray) -> Observation:
        """Return the observation of the pairs at `rows`."""
        by_pair = ("same", "answers", "group", "swapped", "cosine", "distance", "first", "second")
        by_shadow = ("shadows", "in_mask", "out_mask", "swapped_shadows", "shadow_distances")
        taken = {name: _taken(getattr(self, name), rows) for name in by_pair}
        taken |= {name: _taken(getattr(self, name), np.s_[:, rows]) for name in by_shadow}
        return replace(self, **taken)

    def margins(self) -> Float64Array:
        """Return (N, C) logits of the right answer: high where the verifier is right and sure."""
        return correct_logits(self.answers, self.same)


def _taken(values: Any, rows: Any) -> Any:
    return None if values is None else values[rows]


def checked_answers(answers: FloatArray) -> FloatArray:
    """Return answers as they are.

    Raises:
        InputError: some are not finite, as those of a verifier whose training diverged. Sorted or
            compared they would pass for the surest of all.
    """
    if wrong := int(np.count_nonzero(~np.isfinite(answers))):
        raise InputError(
            f"expected finite answers of verifiers, got {wrong:,} that are not; did a training "
            "diverge? Try a lower learning rate"
        )
    return answers


def correct_logits(answers: FloatArray, same: BoolArray) -> Float64Array:
    """Return the logit of the right answer, (..., N, C); probabilities are clipped at 1e-6.

    Raises:
        InputError: answers are not finite.

    >>> correct_logits(np.array([[0.5], [0.0]], dtype=np.float32), np.array([True, False])).round(1)
    array([[ 0. ],
           [13.8]])
    """
    clipped = np.clip(checked_answers(answers).astype(np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.where(same[:, None], 1, -1) * (np.log(clipped) - np.log1p(-clipped)))


class MembershipAttack(Component):
    """An attack that scores how likely a pair was among those a verifier was trained on.

    Importing an attack's file must not import torch, SciPy or scikit-learn: they are imported
    where pairs are scored.
    """

    family: ClassVar[str] = "membership_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access] = "scores"
    shadowed: ClassVar[bool] = False
    """Whether it needs shadow models: verifiers that the attacker trained."""
    learns: ClassVar[bool] = False
    """Whether it learns from pairs whose membership the attacker knows."""
    weighs_channels: ClassVar[bool] = False
    """Whether it weighs several channels itself, so that asking by each in turn adds nothing."""
    both_orders: ClassVar[bool] = False
    """Whether it asks about pairs in both orders of their photos."""
    by_membership: ClassVar[bool] = False
    """Whether scores depend on which shadows were trained on a pair."""

    @abstractmethod
    def infer(
        self, observation: Observation, known: BoolArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (N,) scores, higher for likelier members; the observation stays as it is.

        Args:
            observation: what the attacker observes about N pairs.
            known: (N,) whether each is a member; no score depends on its own pair's entry.
            rng: of whatever is drawn.
        """


class ScoredMembershipAttack(MembershipAttack):
    """An attack that knows of no member; an author writes `score`."""

    def infer(
        self, observation: Observation, known: BoolArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (N,) scores by `score`; known members are not used."""
        del known
        return self.score(observation, rng)

    @abstractmethod
    def score(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores, higher for likelier members."""


class RatioMembershipAttack(ScoredMembershipAttack):
    """An attack by a likelihood ratio, which adds up over pairs that are members together.

    An author writes `log_ratio`, and `rank` where a score is more than that.
    """

    def score(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) scores of single pairs, higher for likelier members."""
        return self.rank(self.log_ratio(observation, rng))

    @abstractmethod
    def log_ratio(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) log likelihood ratios of being a member, up to a constant."""

    def rank(self, log_ratio: Float64Array) -> Float64Array:
        """Return scores of records from the log ratio of each, or the sum over its pairs."""
        return log_ratio


class Learned(Protocol):
    """The scoring function that a learning attack has learned."""

    def __call__(self, observation: Observation) -> Float64Array:
        """Return (N,) scores of pairs."""


class LearningMembershipAttack(MembershipAttack):
    """An attack that learns from known members; an author writes `learn`."""

    learns: ClassVar[bool] = True
    weighs_channels: ClassVar[bool] = True
    folds: int = Field(5, ge=2, description="parts of the pairs, people apart, scored in turn")
    in_sample: bool = Field(
        default=False,
        description="score the pairs learned from, as FaceBone did; such a figure is worth "
        "nothing, and the audit says so",
    )

    @abstractmethod
    def learn(
        self, observation: Observation, member: BoolArray, rng: np.random.Generator
    ) -> Learned:
        """Return a scoring function of pairs.

        Args:
            observation: what the attacker observes about N pairs to learn from.
            member: (N,) whether each is a member.
            rng: of whatever is drawn.
        """

    def infer(
        self, observation: Observation, known: BoolArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (N,) scores, each by a function learned from other people's pairs.

        Whole groups of people go to one fold, members and non-members alike; each fold is scored
        by a function learned from all other folds.

        Raises:
            InputError: fewer groups of either kind than folds.
        """
        if self.in_sample:
            return self.learn(observation, known, rng)(observation)
        fold = deal_groups(observation.group, known, self.folds, rng)
        out = np.empty(len(observation))
        for number in range(self.folds):
            scored = np.flatnonzero(fold == number)
            others = np.flatnonzero(fold != number)
            learned = self.learn(observation.take(others), known[others], rng)
            out[scored] = learned(observation.take(scored))
        return out


membership_attacks: Registry[MembershipAttack] = Registry(
    MembershipAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.membership",
)


def deal_groups(
    group: IntArray, member: BoolArray, folds: int, rng: np.random.Generator
) -> IntArray:
    """Return (N,) folds, whole groups at a time, as many of members as of non-members in each.

    Raises:
        InputError: a fold outside of which there would be only members, or none.
    """
    names, index = np.unique(group, return_inverse=True)
    mostly_members = np.bincount(index, weights=member) > np.bincount(index) / 2
    drawn = rng.permutation(len(names))
    order = drawn[np.argsort(mostly_members[drawn], kind="stable")]
    fold_of_group = np.empty(len(names), dtype=np.int64)
    fold_of_group[order] = np.arange(len(names)) % folds
    fold: IntArray = fold_of_group[index]
    for number in range(folds):
        rest = member[fold != number]
        if rest.all() or not rest.any() or not (fold == number).any():
            raise InputError(
                f"expected members and non-members, of other people, outside each of {folds} folds,"
                f" got {len(names)} groups of people; try fewer folds or more, smaller groups"
            )
    return fold
