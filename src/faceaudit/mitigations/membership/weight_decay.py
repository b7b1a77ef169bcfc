"""Weight decay: the strongest that is about as accurate as none."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from faceaudit.mitigations.membership.base import Task, membership_mitigations
from faceaudit.mitigations.membership.common.matched_accuracy import (
    fixed,
    require_option,
    strongest,
)
from faceaudit.mitigations.membership.common.tuned import TunedMitigation
from faceaudit.systems.predictors import PredictorBank


@membership_mitigations.register
class WeightDecay(TunedMitigation):
    """Shrink the weights in each step of training, so that they fit single pairs less.

    The decay is decoupled from the loss, as in AdamW: each step shrinks all weights, those of the
    batch normalisation too, by the learning rate times the decay.
    """

    name: ClassVar[str] = "weight_decay"
    paper: ClassVar[str] = (
        "Loshchilov, Hutter 2019, arXiv 1711.05101; as a mitigation: Shokri et al. 2017, arXiv "
        "1610.05820"
    )

    tolerance: float = Field(
        0.01, ge=0, lt=1, description="by how much less accurate than no decay it may be"
    )
    grid: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (1.0, 0.3, 0.1, 0.03, 0.01), min_length=1, description="decays to choose from"
    )
    decay: float | None = Field(
        None, ge=0, description="decay so much, whatever that costs; none: choose"
    )

    def train(self, task: Task) -> PredictorBank:
        """Return the predictors trained with the decay chosen.

        Raises:
            OptionError: the predictor has no weight decay.
            InputError: there are no validation pairs to choose by.
        """
        require_option(task, self.name, self.name)
        if self.decay is not None:
            return fixed(task, self.name, self.decay)
        return strongest(task, self.name, 0.0, sorted(self.grid, reverse=True), self.tolerance)
