"""MemGuard: answers moved to where an attack that the defender trained is at chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import interpolate, optimize, special
else:
    interpolate = deferred("scipy.interpolate")
    optimize = deferred("scipy.optimize")
    special = deferred("scipy.special")

_BLOCK = 8192
_CELLS = 1024
_REACH = 16.0
"""Logits up to which answers are told apart: float32 ends at 16.6 on the side of 1."""
_SEGMENTS, _DEGREE = 8, 3
_SMOOTHING, _SHRINKAGE = 1.0, 0.01


@membership_mitigations.register
class MemGuard(MembershipMitigation):
    """Each answer moves to one at which the defender's own attack is at chance.

    For each verifier the defender fits an attack: how likely is an answer one about a training
    pair, and not one about a validation pair, both taken as equally many? An answer is left alone
    where that is 1/2, give or take the tolerance. Any other becomes the answer, on its own side of
    0.5 and within the budget, at which the attack is nearest to 1/2. No decision changes, and the
    same probability always gets the same answer, so asking often averages nothing out.

    What differs from MemGuard as published:

    - A verifier answers with one number, not with a vector over many classes. So the search is
      exact, over a table of all answers, and not by gradients against a neural network; the attack
      is a penalised spline in the rank of the answer.
    - The published noise is the smallest that gets to chance. Along one number that stops answers
      from above and from below at different places, and an attack trained on them still tells
      them apart. Here they meet in one place, wherever the budget reaches it. With the whole
      budget little more than the decision is left, as of "hard_labels", unless the attack is at
      chance over a whole range of answers.
    - The budget bounds the largest change, not the mean; so no coin is tossed whether to change an
      answer. The published noise is drawn once for a query, ours not at all.
    - Decisions stay as they are there, too. An attacker who knows whether a pair shows one person
      sees whether the verifier is right, more often so about its own pairs. No noise of this kind
      hides that, nor what changed photos reveal (Choquette-Choo et al. 2021, arXiv 2007.14321;
      Song, Mittal 2021, arXiv 2003.10595, attack the published mitigation by its decisions).
    """

    name: ClassVar[str] = "memguard"
    keeps_decisions: ClassVar[bool] = True
    paper: ClassVar[str] = "Jia, Salem, Backes, Zhang, Gong 2019, arXiv 1909.10594"

    distortion: float = Field(
        0.5,
        ge=0,
        le=0.5,
        description="the largest change of an answer, in probability; 0.5 reaches every answer "
        "with the same decision",
    )
    tolerance: float = Field(
        0.02,
        ge=0,
        lt=0.5,
        description="how far from 1/2 the defender's attack may be at an answer that is left alone",
    )

    def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
        """Return the verifiers trained without mitigation, their answers guarded.

        Raises:
            InputError: no validation pairs to tell training pairs from.
        """
        if not len(task.validation):
            raise InputError(
                f"expected validation pairs for {self.name!r} to tell training pairs from, got "
                "none; try a larger share of people for validation"
            )
        unmitigated = super().verifiers(task, bank)
        tables = []
        for model, rows in enumerate(task.rows):
            verifier = unmitigated.only(model)
            members, nonmembers = (
                _collect_answers(verifier, task.pairs, asked) for asked in (rows, task.validation)
            )
            attack = Posterior.fit(members, nonmembers)
            tables.append(Table.of(attack, self.distortion, self.tolerance))
        return replace(unmitigated, answer=_Guarded(tables))


@dataclass(frozen=True)
class _Guarded:
    """The answers of M verifiers by their tables."""

    tables: Sequence[Table]

    def __call__(self, probability: FloatArray, model: int) -> FloatArray:
        return self.tables[model](probability)


@dataclass(frozen=True, eq=False)
class Posterior:
    """The probability that an answer is about a training pair, both kinds equally many.

    A logistic regression on cubic B-splines in the rank of the answer, with a penalty on second
    differences of its coefficients (P-splines: Eilers, Marx 1996, Statistical Science 11:89) and a
    light one on their size, towards chance. Ranks make it the same whatever scale answers have, and
    put as much detail where answers crowd at 0 and 1 as elsewhere.

    Attributes:
        answers: (A,) all different answers learned from, rising.
        ranks: (A,) the share of answers below each, half of its equals counted, in [0, 1].
        coefficients: (B,) of the splines.
    """

    answers: Float64Array
    ranks: Float64Array
    coefficients: Float64Array

    @classmethod
    def fit(cls, members: FloatArray, nonmembers: FloatArray) -> Posterior:
        """Learn from (N,) answers about training pairs and (V,) about validation pairs."""
        both = np.concatenate((members, nonmembers)).astype(np.float64)
        label = np.repeat([1.0, 0.0], [len(members), len(nonmembers)])
        # The rarer kind says how much is known; the other is weighted down to it.
        rarer = min(len(members), len(nonmembers))
        weight = np.where(label == 1, rarer / len(members), rarer / len(nonmembers))
        answers, place = np.unique(both, return_inverse=True)
        mass = np.bincount(place, weights=weight) / weight.sum()
        ranks = np.cumsum(mass) - mass / 2
        basis = _splines(ranks)[place]
        return cls(answers, ranks, _fit_regression(basis, label, weight))

    def __call__(self, answers: Float64Array) -> Float64Array:
        """Return (N,) posteriors of answers."""
        ranks = np.interp(answers, self.answers, self.ranks)
        return np.asarray(special.expit(_splines(ranks) @ self.coefficients), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Table:
    """The answers given in the place of others, by cells of answers between which 0.5 is an edge.

    Attributes:
        edges: (G - 1,) rising; a cell holds its lower edge.
        moved: (G,) what the answers of each cell become.
        kept: (G,) the cells whose answers stay as they are.
        distortion: the largest change.
    """

    edges: Float64Array
    moved: Float64Array
    kept: npt.NDArray[np.bool_]
    distortion: float

    @classmethod
    def of(cls, attack: Posterior, distortion: float, tolerance: float) -> Table:
        """Find, for each cell, the answer within the budget that is nearest to chance."""
        step = 2 * _REACH / (_CELLS - 2)
        edges = special.expit((np.arange(_CELLS - 1) - (_CELLS - 2) // 2) * step)
        middles = special.expit((np.arange(_CELLS) - (_CELLS - 1) / 2) * step)
        excess = np.abs(attack(middles) - 0.5)
        accepts = middles >= 0.5
        change = np.abs(middles[:, None] - middles)
        reachable = (accepts[:, None] == accepts) & (change <= distortion)
        remaining = np.where(reachable, excess, np.inf)
        least = remaining.min(axis=1, keepdims=True)
        best = np.argmin(np.where(remaining <= least, change, np.inf), axis=1)
        return cls(edges, middles[best], excess <= tolerance, distortion)

    def __call__(self, probability: FloatArray) -> FloatArray:
        """Return (N,) answers in the place of (N,) probabilities."""
        cell = np.searchsorted(self.edges, probability, side="right")
        exact = probability.astype(np.float64)
        # The budget was met between the middles of cells; here it is met by the answer itself.
        moved = np.clip(self.moved[cell], exact - self.distortion, exact + self.distortion)
        return np.where(self.kept[cell], probability, moved.astype(np.float32))


def _collect_answers(verifier: VerifierBank, pairs: EmbeddedPairs, rows: IntArray) -> FloatArray:
    """Return (n,) answers of one verifier about the pairs at `rows`, a block at a time."""
    blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    return np.concatenate(
        [verifier.answers(*pairs.sides(verifier.user_backbones, block))[0] for block in blocks]
    )


def _splines(ranks: Float64Array) -> Float64Array:
    """Return (N, B) cubic B-splines of ranks in [0, 1]."""
    inner = np.linspace(0, 1, _SEGMENTS + 1)
    knots = np.concatenate((np.zeros(_DEGREE), inner, np.ones(_DEGREE)))
    return np.asarray(interpolate.BSpline.design_matrix(ranks, knots, _DEGREE).toarray())


def _fit_regression(basis: Float64Array, label: Float64Array, weight: Float64Array) -> Float64Array:
    """Return the coefficients of a penalised logistic regression, (B,)."""
    size = basis.shape[1]
    bends = np.diff(np.eye(size), n=2, axis=0)
    penalty = _SMOOTHING * bends.T @ bends + _SHRINKAGE * np.eye(size)

    def loss(coefficients: Float64Array) -> tuple[float, Float64Array]:
        logit = basis @ coefficients
        losses = weight @ (np.logaddexp(0, logit) - label * logit)
        gradient = basis.T @ (weight * (special.expit(logit) - label))
        pull = penalty @ coefficients
        return float(losses + coefficients @ pull / 2), np.asarray(gradient + pull)

    best = optimize.minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B")
    return np.asarray(best.x, dtype=np.float64)
