"""Ensemble averaging: verifiers that answer with the mean of several predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")


@membership_mitigations.register
class Ensemble(MembershipMitigation):
    """The mean probability of several predictors, trained on the same pairs by different seeds.

    Often taken for a mitigation because it raises accuracy; that it raises leakage too is what the
    paper finds, and what an audit should show.
    """

    name: ClassVar[str] = "ensemble"
    paper: ClassVar[str] = "Rezaei, Shafiq, Liu 2021, arXiv 2105.05381 (averaging raises leakage)"

    models: int = Field(4, ge=1, description="predictors in each verifier; one is no mitigation")

    def train(self, task: Task) -> PredictorBank:
        """Return M verifiers, each of `models` predictors, all trained in one call."""
        bank = task.predictor.fit(
            task.pairs.data(),
            np.repeat(task.rows, self.models, axis=0),
            sub_seeds(task.seeds, range(self.models)),
            progress=task.progress,
            title=task.title,
        )
        return AveragedBank(bank, self.models)

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Rebuild the trained predictors from saved tensors."""
        return AveragedBank(task.predictor.restore(state), self.models)


class AveragedBank(PredictorBank):
    """M verifiers that answer with the mean probability of k models each.

    Args:
        bank: M * k models, those of one verifier next to each other.
        models: k.

    Raises:
        InputError: the number of models is no multiple of k.
    """

    def __init__(self, bank: PredictorBank, models: int) -> None:
        if bank.count % models:
            raise InputError(f"expected a multiple of {models} models, got {bank.count}")
        self.count = bank.count // models
        self._bank = bank
        self._models = models

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of the mean probabilities of N pairs of embeddings.

        The logit is log(mean of p) - log(mean of 1 - p), each from logarithms: a probability that
        rounds to 1 keeps its logit.
        """
        inner = self._bank.logits(first, second).astype(np.float64)
        logits = inner.reshape(self.count, self._models, -1)
        accepts = np.logaddexp.reduce(-np.logaddexp(0, -logits), axis=1)
        refuses = np.logaddexp.reduce(-np.logaddexp(0, logits), axis=1)
        return np.asarray(accepts - refuses, dtype=np.float32)

    def only(self, model: int) -> AveragedBank:
        """Return the bank of one verifier: k models."""
        start = model * self._models
        chosen = [self._bank.only(start + number) for number in range(self._models)]
        return AveragedBank(_JoinedBank(chosen), self._models)

    def state(self) -> dict[str, Tensor]:
        """Return the tensors of all M * k models as one bank."""
        return self._bank.state()


class _JoinedBank(PredictorBank):
    """Banks of one kind, asked one after the other."""

    def __init__(self, banks: Sequence[PredictorBank]) -> None:
        self.count = sum(bank.count for bank in banks)
        self._banks = tuple(banks)

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        return np.concatenate([bank.logits(first, second) for bank in self._banks])

    def only(self, model: int) -> PredictorBank:
        """Return the bank of one of them."""
        bounds = np.cumsum([bank.count for bank in self._banks])
        index = int(np.searchsorted(bounds, model, side="right"))
        before = int(bounds[index - 1]) if index else 0
        return self._banks[index].only(model - before)

    def state(self) -> dict[str, Tensor]:
        """Return their tensors joined; one without dimensions is shared by all models."""
        states = [bank.state() for bank in self._banks]
        return {
            name: part if part.ndim == 0 else torch.cat([state[name] for state in states])
            for name, part in states[0].items()
        }
