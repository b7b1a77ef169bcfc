"""SELENA: predictors distilled from sub-models that were not trained on the pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, model_validator

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.systems.predictors import PairData, PredictorBank
from faceaudit.types import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


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
        """Return (M, n) soft labels: mean probabilities of sub-models not trained on the pair.

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
        bank = task.predictor.fit(
            task.pairs.data(),
            np.concatenate(
                [
                    _rows_of_parts(rows, left, self.parts)
                    for rows, left in zip(task.rows, absent, strict=True)
                ]
            ),
            sub_seeds(task.seeds, range(1, self.parts + 1)),
            progress=task.progress,
            title=f"{task.title}, parts",
        )
        return self._mean_of_absent(task, bank, absent)

    def _mean_of_absent(self, task: Task, bank: PredictorBank, absent: IntArray) -> FloatArray:
        """Return (M, n) mean probabilities of the sub-models in `absent` (M, n, left_out)."""
        used, place = np.unique(task.rows, return_inverse=True)
        photos = task.pairs.embeddings[0]
        logits = bank.logits(photos[task.pairs.first[used]], photos[task.pairs.second[used]])
        of_parts = logits.reshape(len(task.rows), self.parts, len(used))
        model = np.arange(len(task.rows))[:, None, None]
        chosen = of_parts[model, absent, place.reshape(task.rows.shape)[:, :, None]]
        return np.asarray(special.expit(chosen.astype(np.float64)).mean(axis=2), dtype=np.float32)


def left_out(count: int, parts: int, out: int, *, seed: int) -> IntArray:
    """Return (count, out) the sub-models that each pair is left out of, no two alike.

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


def _rows_of_parts(rows: IntArray, absent: IntArray, parts: int) -> IntArray:
    """Return (parts, n') the rows each sub-model is trained on, as many as the smallest has."""
    present = np.ones((parts, len(rows)), dtype=np.bool_)
    np.put_along_axis(present, absent.T, values=False, axis=0)
    fewest = int(present.sum(axis=1).min())
    return np.stack([rows[kept][:fewest] for kept in present])
