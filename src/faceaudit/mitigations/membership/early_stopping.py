"""Early stopping: the fewest epochs that are about as accurate as all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.mitigations.membership.common.annotated_bank import AnnotatedBank
from faceaudit.mitigations.membership.common.matched_accuracy import (
    fixed,
    require_option,
    strongest,
)
from faceaudit.systems.predictors import PredictorBank


@membership_mitigations.register
class EarlyStopping(MembershipMitigation):
    """Stop learning where more epochs add little accuracy and much memory of single pairs.

    Tried are 1, 2, 4, 8, ... epochs, each trained anew, until one is accurate enough; training that
    long is the same as stopping a longer training there.
    """

    name: ClassVar[str] = "early_stopping"
    paper: ClassVar[str] = "as a defense: Song, Mittal 2021, arXiv 2003.10595"

    tolerance: float = Field(
        0.01, ge=0, lt=1, description="by how much less accurate than all epochs it may be"
    )
    epochs: int | None = Field(
        None, ge=1, description="stop after so many, whatever that costs; none: choose"
    )

    def train(self, task: Task) -> PredictorBank:
        """Return the predictors after the epochs chosen.

        Raises:
            OptionError: the predictor has no epochs, or fewer than asked for.
            InputError: there are no validation pairs to choose by.
        """
        require_option(task, "epochs", self.name)
        full = int(task.predictor.model_dump()["epochs"])
        if self.epochs is None:
            return strongest(task, "epochs", full, _doubled(full), self.tolerance)
        if self.epochs > full:
            raise OptionError(
                f"expected at most the predictor's {full} epochs, got {self.epochs}; try fewer"
            )
        return fixed(task, "epochs", self.epochs)

    def facts(self, task: Task, stack: PredictorBank) -> dict[str, Any]:
        """Return how many epochs were chosen, and the accuracy on the validation pairs."""
        del task
        assert isinstance(stack, AnnotatedBank)
        return dict(stack.notes)

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> PredictorBank:
        """Return what `train` returned, from its state."""
        return AnnotatedBank.of(state, task.predictor.restore)


def _doubled(full: int) -> list[int]:
    """Return 1, 2, 4, ... below `full`."""
    return [1 << power for power in range(full.bit_length()) if 1 << power < full]
