"""The strongest value of an option that costs hardly any accuracy, for a fair comparison."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.common.annotated_bank import AnnotatedBank, Annotation
from faceaudit.systems.predictors import PredictorBank

OptionValue = int | float
ACCURACY = "validation_accuracy"


def strongest(
    task: Task,
    option: str,
    unmitigated: OptionValue,
    candidates: Iterable[OptionValue],
    tolerance: float,
) -> AnnotatedBank:
    """Return the first candidate's predictors about as accurate as those without mitigation.

    One value is chosen for all M verifiers, by their mean accuracy on the validation pairs, which
    no verifier is trained on and no attack is scored on. The annotations hold the value chosen, its
    accuracy there and that of the predictors without mitigation.

    Args:
        task: M verifiers.
        option: the predictor's option to set.
        unmitigated: its value without mitigation; chosen if no candidate is accurate enough.
        candidates: other values, the strongest mitigation first.
        tolerance: by how much less accurate a candidate may be.

    Raises:
        InputError: there are no validation pairs.
    """
    if not len(task.validation):
        raise InputError("expected validation pairs to choose by, got none; keep some apart")
    chosen = _fit_unmitigated(task, option, unmitigated)
    reference = float(chosen.annotations[ACCURACY])
    for value in candidates:
        tried = fixed(task, option, value)
        if tried.annotations[ACCURACY] >= reference - tolerance:
            chosen = tried
            break
    annotations = {**chosen.annotations, f"undefended_{ACCURACY}": reference}
    return AnnotatedBank(chosen.inner, annotations)


def _fit_unmitigated(task: Task, option: str, value: OptionValue) -> AnnotatedBank:
    """Return the predictors without mitigation: those that are kept, else trained now."""
    if task.unmitigated is None or getattr(task.predictor, option) != value:
        return fixed(task, option, value)
    bank = task.unmitigated()
    return AnnotatedBank(bank, {option: value, ACCURACY: validation_accuracy(task, bank)})


def fixed(task: Task, option: str, value: OptionValue) -> AnnotatedBank:
    """Return predictors trained with one value of an option, annotated with it.

    So is their accuracy on validation pairs, where there are any.
    """
    bank = task.predictor.model_copy(update={option: value}).fit(
        task.pairs.data(),
        task.rows,
        task.seeds,
        progress=task.progress,
        title=f"{task.title}, {option.replace('_', ' ')} {value:g}",
    )
    annotations: dict[str, Annotation] = {option: value}
    if len(task.validation):
        annotations[ACCURACY] = validation_accuracy(task, bank)
    return AnnotatedBank(bank, annotations)


def validation_accuracy(task: Task, bank: PredictorBank) -> float:
    """Return the mean accuracy of M predictors on validation pairs, by the first backbone."""
    photos = task.pairs.embeddings[0]
    first, second = task.pairs.first[task.validation], task.pairs.second[task.validation]
    accepted = bank.logits(photos[first], photos[second]) >= 0
    return float(np.mean(accepted == task.pairs.same[task.validation]))


def require_option(task: Task, option: str, mitigation: str) -> None:
    """Raise `OptionError` unless the task's predictor has an option."""
    predictor = type(task.predictor)
    if option not in predictor.model_fields:
        raise OptionError(
            f"expected a predictor with {option!r} for {mitigation!r}, got {predictor.name!r}; try "
            "'difference_network'"
        )
