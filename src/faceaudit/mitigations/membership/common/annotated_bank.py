"""A stack with figures about how it was trained, which stay with its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import FloatArray

Annotation = int | float
_PREFIX = "note."


class AnnotatedBank(PredictorBank):
    """A stack that remembers what a mitigation chose or spent while it was trained.

    Args:
        stack: what answers.
        notes: figures by name; they are part of the state, so that they survive `restore`.

    Attributes:
        inner: what answers.
    """

    def __init__(self, stack: PredictorBank, notes: Mapping[str, Annotation]) -> None:
        self.count = stack.count
        self.notes = MappingProxyType(dict(notes))
        self.inner = stack

    @classmethod
    def of(
        cls, state: Mapping[str, Tensor], restore: Callable[[Mapping[str, Tensor]], PredictorBank]
    ) -> AnnotatedBank:
        """Return the stack of a state; `restore` makes the inner one of what is left of it."""
        notes = {
            name.removeprefix(_PREFIX): part.item()
            for name, part in state.items()
            if name.startswith(_PREFIX)
        }
        rest = {name: part for name, part in state.items() if not name.startswith(_PREFIX)}
        return cls(restore(rest), notes)

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        return self.inner.logits(first, second)

    def only(self, model: int) -> AnnotatedBank:
        """Return the stack of one of them, with the same notes."""
        return AnnotatedBank(self.inner.only(model), self.notes)

    def state(self) -> dict[str, Tensor]:
        """Return the inner stack's state, and each note as a number."""
        return self.inner.state() | {
            f"{_PREFIX}{name}": _number(value) for name, value in self.notes.items()
        }


def _number(value: Annotation) -> Tensor:
    return torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64)
