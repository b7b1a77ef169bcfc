"""SELENA: learn from what models say that never saw the pair."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator
from scipy.special import expit

from faceaudit.errors import InputError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.systems.predictors import PairData, PredictorBank
from faceaudit.types import FloatArray, IntArray


@membership_mitigations.register
class Selena(MembershipMitigation):
    """A new predictor learns from soft labels of sub-models that were not trained on the pair.

    Split-AI: each training pair is left out of `left_out` of the `parts` sub-models of a verifier,
    drawn at random; their mean probability is the pair's soft label. Self-distillation: the
    verifier's predictor, a new one, learns the same pairs with the soft labels, and it alone
    answers. A pair's own label never reaches its own soft label.

    Where we differ: which sub-models leave a pair out is balanced, so that all of them learn from
    about as many pairs, and those that have a few more drop them (at most `left_out` each), because
    all of them are trained at once. As in the paper, only the pair is left out: other pairs of the
    same photo or person are not.
    """

    name: ClassVar[str] = "selena"
    paper: ClassVar[str] = (
        "Tang, Mahloujifar, Song, Shejwalkar, Nasr, Houmansadr, Mittal 2022, arXiv 2110.08324"
    )

    parts: int = Field(5, ge=2, description="sub-models of each verifier; the paper has 25")
    left_out: int = Field(
        2, ge=1, description="sub-models that do not learn from a given pair; the paper has 10"
    )

    @model_validator(mode="after")
    def _some_learn(self) -> Selena:
        if self.left_out >= self.parts:
            raise ValueError(
                f"expected fewer sub-models left out than the {self.parts} parts, got "
                f"{self.left_out}"
            )
        return self

    def train(self, task: Task) -> PredictorBank:
        """Return M predictors distilled from the sub-models' soft labels."""
        models, count = task.rows.shape
        chosen = task.rows.ravel()
        data = PairData(
            task.pairs.embeddings[0],
            task.pairs.first[chosen],
            task.pairs.second[chosen],
            self.soft_labels(task).ravel(),
        )
        return task.predictor.fit(
            data,
            np.arange(models * count).reshape(models, count),
            task.seeds,
            progress=task.progress,
            title=f"{task.title}, distilled",
        )

    def soft_labels(self, task: Task) -> FloatArray:
        """Return (M, n): what sub-models that were not trained on a pair say about it, on average.

        Raises:
            InputError: a verifier has fewer pairs than parts.
        """
        count = task.rows.shape[1]
        if count < self.parts:
            raise InputError(
                f"expected at least {self.parts} training pairs, one for each part, got {count}; "
                "try fewer parts"
            )
        absent = np.stack(
            [left_out(count, self.parts, self.left_out, seed=seed) for seed in task.seeds]
        )
        stack = task.predictor.fit(
            task.pairs.data(),
            np.concatenate(
                [
                    _learned(rows, mine, self.parts)
                    for rows, mine in zip(task.rows, absent, strict=True)
                ]
            ),
            sub_seeds(task.seeds, range(1, self.parts + 1)),
            progress=task.progress,
            title=f"{task.title}, parts",
        )
        return self._mean_of_absent(task, stack, absent)

    def _mean_of_absent(self, task: Task, stack: PredictorBank, absent: IntArray) -> FloatArray:
        """Return (M, n) mean probabilities of the sub-models in `absent` (M, n, left_out)."""
        used, place = np.unique(task.rows, return_inverse=True)
        photos = task.pairs.embeddings[0]
        logits = stack.logits(photos[task.pairs.first[used]], photos[task.pairs.second[used]])
        said = logits.reshape(len(task.rows), self.parts, len(used))
        model = np.arange(len(task.rows))[:, None, None]
        chosen = said[model, absent, place.reshape(task.rows.shape)[:, :, None]]
        return np.asarray(expit(chosen.astype(np.float64)).mean(axis=2), dtype=np.float32)


def left_out(count: int, parts: int, out: int, *, seed: int) -> IntArray:
    """Return (count, out): which sub-models each pair is left out of, no two alike.

    Each `parts` pairs, in a random order, share a round: its sub-models are shuffled and pair r is
    left out of those at r, r + 1, ..., so that a round leaves each sub-model out equally often.

    >>> np.bincount(left_out(20, 5, 2, seed=0).ravel())
    array([8, 8, 8, 8, 8])
    """
    rng = np.random.default_rng([seed, parts, out])
    rounds = -(-count // parts)
    shuffled = rng.permuted(np.tile(np.arange(parts), (rounds, 1)), axis=1)
    turns = (np.arange(parts)[:, None] + np.arange(out)) % parts
    listed = shuffled[:, turns].reshape(-1, out)[:count]
    found = np.empty_like(listed)
    found[rng.permutation(count)] = listed
    return found


def _learned(rows: IntArray, absent: IntArray, parts: int) -> IntArray:
    """Return (parts, n') which rows each sub-model learns from, as many as the smallest has."""
    present = np.ones((parts, len(rows)), dtype=np.bool_)
    np.put_along_axis(present, absent.T, values=False, axis=0)
    fewest = int(present.sum(axis=1).min())
    return np.stack([rows[mine][:fewest] for mine in present])
