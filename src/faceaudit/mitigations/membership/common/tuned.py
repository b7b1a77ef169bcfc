"""A base of mitigations that annotate the predictors which they train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from faceaudit.mitigations.membership.base import MembershipMitigation, Task
from faceaudit.mitigations.membership.common.annotated_bank import AnnotatedBank
from faceaudit.systems.predictors import Predictor, PredictorBank

if TYPE_CHECKING:
    from torch import Tensor


class TunedMitigation(MembershipMitigation):
    """A mitigation whose `train` returns an `AnnotatedBank`: what was chosen stays with it."""

    def facts(self, task: Task, bank: PredictorBank) -> dict[str, Any]:
        """Return the annotations, such as the option chosen and the validation accuracy."""
        del task
        assert isinstance(bank, AnnotatedBank)
        return dict(bank.annotations)

    def restore(self, task: Task, state: Mapping[str, Tensor]) -> AnnotatedBank:
        """Rebuild the trained predictors from saved tensors, annotations included."""
        return AnnotatedBank.of(state, self.trained_predictor(task).restore)

    def trained_predictor(self, task: Task) -> Predictor:
        """Return the predictor that is trained: the task's, unless a mitigation changes it."""
        return task.predictor
