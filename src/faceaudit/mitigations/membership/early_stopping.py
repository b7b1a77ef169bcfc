"""Early stopping: the fewest epochs that are about as accurate as all of them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.base import Task, membership_mitigations
from faceaudit.mitigations.membership.common.matched_accuracy import (
    fixed,
    require_option,
    strongest,
)
from faceaudit.mitigations.membership.common.tuned import TunedMitigation
from faceaudit.systems.predictors import PredictorBank


@membership_mitigations.register
class EarlyStopping(TunedMitigation):
    """Stop training where more epochs add little accuracy and much memory of single pairs.

    It tries 1, 2, 4, 8, ... epochs, each trained anew, until one is accurate enough; training that
    long is the same as stopping a longer training there.
    """

    name: ClassVar[str] = "early_stopping"
    paper: ClassVar[str] = "as a mitigation: Song, Mittal 2021, arXiv 2003.10595"

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
            return strongest(task, "epochs", full, _list_doublings(full), self.tolerance)
        if self.epochs > full:
            raise OptionError(
                f"expected at most the predictor's {full} epochs, got {self.epochs}; try fewer"
            )
        return fixed(task, "epochs", self.epochs)


def _list_doublings(full: int) -> list[int]:
    """Return 1, 2, 4, ... below `full`."""
    return [1 << power for power in range(full.bit_length()) if 1 << power < full]
