"""Ensemble averaging: a verifier answers with the mean of several predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from faceaudit.errors import InputError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import FloatArray


@membership_mitigations.register
class Ensemble(MembershipMitigation):
    """The mean probability of several predictors, trained on the same pairs by different seeds.

    Often taken for a defense because it raises accuracy; that it raises leakage too is what the
    paper finds, and what an audit should show.
    """

    name: ClassVar[str] = "ensemble"
    paper: ClassVar[str] = "Rezaei, Shafiq, Liu 2021, arXiv 2105.05381 (averaging raises leakage)"

    models: int = Field(4, ge=1, description="predictors in each verifier; one is no mitigation")

    def train(self, task: Task) -> PredictorBank:
        """Return M verifiers, each of `models` predictors, all trained in one call."""
        stack = task.predictor.fit(
            task.pairs.data(),
            np.repeat(task.rows, self.models, axis=0),
            sub_seeds(task.seeds, range(self.models)),
            progress=task.progress,
            title=task.title,
        )
        return AveragedStack(stack, self.models)

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Return what `train` returned, from its state."""
        return AveragedStack(task.predictor.restore(state), self.models)


class AveragedStack(PredictorBank):
    """M verifiers that answer with the mean probability of k models each.

    Args:
        stack: M * k models, those of one verifier next to each other.
        each: k.

    Raises:
        InputError: the models cannot be dealt into verifiers of k.
    """

    def __init__(self, stack: PredictorBank, each: int) -> None:
        if stack.count % each:
            raise InputError(f"expected a multiple of {each} models, got {stack.count}")
        self.count = stack.count // each
        self._stack = stack
        self._each = each

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of the mean probabilities of N pairs of embeddings.

        The logit is log(mean of p) - log(mean of 1 - p), each from logarithms: a probability that
        rounds to 1 keeps its logit.
        """
        inner = self._stack.logits(first, second).astype(np.float64)
        each = inner.reshape(self.count, self._each, -1)
        accepts = np.logaddexp.reduce(-np.logaddexp(0, -each), axis=1)
        refuses = np.logaddexp.reduce(-np.logaddexp(0, each), axis=1)
        return np.asarray(accepts - refuses, dtype=np.float32)

    def only(self, model: int) -> AveragedStack:
        """Return the stack of one verifier: k models."""
        start = model * self._each
        chosen = [self._stack.only(start + place) for place in range(self._each)]
        return AveragedStack(_Together(chosen), self._each)

    def state(self) -> dict[str, Tensor]:
        """Return the state of all M * k models as one stack."""
        return self._stack.state()


class _Together(PredictorBank):
    """Stacks of one kind, asked one after the other."""

    def __init__(self, stacks: Sequence[PredictorBank]) -> None:
        self.count = sum(stack.count for stack in stacks)
        self._stacks = tuple(stacks)

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        return np.concatenate([stack.logits(first, second) for stack in self._stacks])

    def only(self, model: int) -> PredictorBank:
        """Return the stack of one of them."""
        bounds = np.cumsum([stack.count for stack in self._stacks])
        place = int(np.searchsorted(bounds, model, side="right"))
        before = int(bounds[place - 1]) if place else 0
        return self._stacks[place].only(model - before)

    def state(self) -> dict[str, Tensor]:
        """Return their states as one; a part without dimensions is one that all models share."""
        states = [stack.state() for stack in self._stacks]
        return {
            name: part if part.ndim == 0 else torch.cat([state[name] for state in states])
            for name, part in states[0].items()
        }
