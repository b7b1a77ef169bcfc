"""Trained predictors with annotations saved next to their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

Annotation = int | float
_PREFIX = "note."
"""Begins the name of an annotation among saved tensors."""


class AnnotatedBank(PredictorBank):
    """Trained predictors, and the figures that a mitigation chose or spent while training them.

    Args:
        bank: the predictors.
        annotations: figures by name; they are part of the state, so that they survive `restore`.

    Attributes:
        inner: the predictors.
    """

    def __init__(self, bank: PredictorBank, annotations: Mapping[str, Annotation]) -> None:
        self.count = bank.count
        self.annotations = MappingProxyType(dict(annotations))
        self.inner = bank

    @classmethod
    def of(
        cls, state: Mapping[str, Tensor], restore: Callable[[Mapping[str, Tensor]], PredictorBank]
    ) -> AnnotatedBank:
        """Rebuild an annotated bank from saved tensors; `restore` rebuilds the inner one.

        Annotations are in the order of their names: safetensors gives tensors in any.
        """
        annotations = {
            name.removeprefix(_PREFIX): part.item()
            for name, part in sorted(state.items())
            if name.startswith(_PREFIX)
        }
        rest = {name: part for name, part in state.items() if not name.startswith(_PREFIX)}
        return cls(restore(rest), annotations)

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        return self.inner.logits(first, second)

    def only(self, model: int) -> AnnotatedBank:
        """Return the bank of one of them, with the same annotations."""
        return AnnotatedBank(self.inner.only(model), self.annotations)

    def state(self) -> dict[str, Tensor]:
        """Return the inner bank's tensors, and each annotation as a number."""
        return self.inner.state() | {
            f"{_PREFIX}{name}": _number_tensor(value) for name, value in self.annotations.items()
        }


def _number_tensor(value: Annotation) -> Tensor:
    return torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64)
