"""What an attacker observes of one verifier, all others being the attacker's shadows."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceaudit.attacks.membership import Observation, Oracle
from faceaudit.attacks.membership.base import Access, as_labels
from faceaudit.audit.membership.answers import VerifierAnswers
from faceaudit.audit.membership.distances import Distances
from faceaudit.types import FloatArray, IntArray


class Observer:
    """The attacker's view of one verifier.

    Args:
        answers: of all verifiers.
        number: which one is the target.

    Attributes:
        shadows: (S,) the numbers of all other verifiers; none where all learned from the same.
        member: (P,) whether the target learned from each pair, or from its people.
    """

    def __init__(self, answers: VerifierAnswers, number: int) -> None:
        scenario = answers.scenario
        self.answers = answers
        self.number = number
        self.member = scenario.member[number]
        self._verifier = answers.verifiers.only(number)
        others = np.arange(len(scenario.member)) != number
        # Lists leave no shadows: every verifier learned from the same pairs.
        self.shadows = np.flatnonzero(others & (scenario.pool.members is None))

    def observe(
        self,
        channels: Sequence[str],
        rows: IntArray,
        access: Access = "scores",
        *,
        both_orders: bool = False,
    ) -> Observation:
        """Return what an attacker observes of the pairs at rows through channels.

        Args:
            channels: names of channels.
            rows: (n,) rows of the pool.
            access: whether scores or labels are seen.
            both_orders: whether the photos' other order is asked, too; of candidates only.
        """
        scenario = self.answers.scenario
        oracle = Oracle(self._verifier, access)
        oracle.queries = len(channels) * len(rows)  # answered already, with all other verifiers
        answers = self._stack(channels, rows, swapped=False)
        if access == "labels":
            answers = as_labels(answers)
        observation = Observation(
            same=scenario.pool.same[rows],
            answers=answers[self.number],
            group=scenario.pool.block[rows],
            oracle=oracle,
        )
        if both_orders:
            oracle.queries *= 2
            swapped = self._stack(channels, rows, swapped=True)
            observation = replace(
                observation,
                swapped=swapped[self.number],
                swapped_shadows=swapped[self.shadows] if len(self.shadows) else None,
                cosine=scenario.cosine[rows],
            )
        if not len(self.shadows):
            return observation
        place = np.ix_(self.shadows, rows)
        learned = scenario.member[place]
        counted = self.answers.counted(channels, self.number)[place]
        # Scores are asked with the target's backbone, distances are measured with each shadow's.
        out_mask = ~learned & counted if access == "labels" else ~learned
        return replace(
            observation,
            shadows=answers[self.shadows],
            in_mask=learned & counted,
            out_mask=out_mask,
        )

    def with_distances(self, observation: Observation, distances: Distances) -> Observation:
        """Return the observation of pairs asked for labels, with all distances."""
        values = distances.values
        shadows = values[self.shadows] if len(self.shadows) else None
        observed = replace(observation, distance=values[self.number], shadow_distances=shadows)
        assert observed.oracle is not None
        observed.oracle.queries = distances.queries
        return observed

    def draws(self, what: str) -> np.random.Generator:
        """Return a generator of its own for what is drawn in one attack on this target."""
        seed = self.answers.scenario.seed
        return np.random.default_rng([seed, self.number, zlib.crc32(what.encode())])

    def _stack(self, channels: Sequence[str], rows: IntArray, *, swapped: bool) -> FloatArray:
        """Return (M, n, C) answers of all verifiers."""
        of = self.answers.swapped_of if swapped else self.answers.scores_of
        return np.stack([of(channel, self.number)[:, rows] for channel in channels], axis=2)
