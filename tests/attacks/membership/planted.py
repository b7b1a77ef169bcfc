"""Answers with a leak of known size, or none, as a bank of verifiers would give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import mannwhitneyu

from faceaudit.attacks.membership import Observation


@dataclass(frozen=True, eq=False)
class Bank:
    """Answers (M, N, C) of M verifiers, which pairs each learned (M, N), blocks and labels (N,)."""

    answers: npt.NDArray[np.float32]
    in_mask: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]

    def seen(self, target: int) -> Observation:
        """What an attacker on one verifier sees, the others being its shadows."""
        rest = np.arange(len(self.answers)) != target
        return Observation(
            self.same, self.answers[target], self.group, self.answers[rest], self.in_mask[rest]
        )


def bank(
    rng: np.random.Generator,
    *,
    verifiers: int = 8,
    blocks: int = 20,
    pairs: int = 20,
    channels: int = 1,
    gap: float = 0.0,
    hardness: float = 1.0,
    balanced: bool = True,
) -> Bank:
    """Draw a bank whose margins are difficulty + noise, plus `gap` on pairs that were learned.

    Args:
        rng: of all draws.
        verifiers: M, an even number.
        blocks: of people, an even number; every verifier learned half of them.
        pairs: in each block.
        channels: C.
        gap: what learning adds to a margin, in standard deviations of the noise.
        hardness: deviation of the pairs' own difficulty.
        balanced: whether just half of the verifiers learned each block.
    """
    group = np.repeat(np.arange(blocks), pairs)
    if balanced:
        half = (np.arange(verifiers) < verifiers // 2)[:, None].repeat(blocks // 2, axis=1)
        chosen = rng.permuted(half, axis=0)
        learned = np.concatenate([chosen, ~chosen], axis=1)
    else:
        half = (np.arange(blocks) < blocks // 2)[None].repeat(verifiers, axis=0)
        learned = rng.permuted(half, axis=1)
    in_mask = learned[:, group]
    count = len(group)
    difficulty = 1 + hardness * rng.standard_normal((1, count, channels))
    noise = rng.standard_normal((verifiers, count, channels))
    margins = difficulty + noise + gap * in_mask[..., None]
    same = rng.random(count) < 0.5
    answers = expit(np.where(same[:, None], margins, -margins)).astype(np.float32)
    return Bank(answers, in_mask, group, same)


def auc(member: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> float:
    """How often a member's score beats another's, by SciPy's rank test."""
    assert np.isfinite(scores).all()
    found = mannwhitneyu(scores[member], scores[~member], method="asymptotic")
    return float(found.statistic / (member.sum() * (~member).sum()))


def from_chance(aucs: list[float]) -> float:
    """How many standard errors the mean of draws is from 0.5; the error must be small."""
    error = np.std(aucs, ddof=1) / np.sqrt(len(aucs))
    assert error < 0.003
    return float((np.mean(aucs) - 0.5) / error)
