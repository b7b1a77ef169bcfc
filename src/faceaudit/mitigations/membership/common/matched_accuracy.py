"""The strongest setting that costs hardly any accuracy: how defenses are compared fairly."""

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
    undefended: OptionValue,
    candidates: Iterable[OptionValue],
    tolerance: float,
) -> AnnotatedBank:
    """Return the first candidate's predictors that are about as accurate as undefended ones.

    One setting is chosen for all M verifiers, by their mean accuracy on the validation pairs, which
    no verifier is trained on and no attack is scored on. The notes hold what was chosen, its
    accuracy there and that of the undefended predictors.

    Args:
        task: M verifiers.
        option: the predictor's option to set.
        undefended: its value without the defense; chosen if no candidate is accurate enough.
        candidates: other values, the strongest defense first.
        tolerance: by how much less accurate a candidate may be.

    Raises:
        InputError: there are no validation pairs.
    """
    if not len(task.validation):
        raise InputError("expected validation pairs to choose by, got none; keep some apart")
    stack = _undefended(task, option, undefended)
    reference = float(stack.notes[ACCURACY])
    for value in candidates:
        tried = fixed(task, option, value)
        if tried.notes[ACCURACY] >= reference - tolerance:
            stack = tried
            break
    return AnnotatedBank(stack.inner, {**stack.notes, f"undefended_{ACCURACY}": reference})


def _undefended(task: Task, option: str, value: OptionValue) -> AnnotatedBank:
    """Return the predictors without the defense: those that are kept, else trained now."""
    if task.undefended is None or getattr(task.predictor, option) != value:
        return fixed(task, option, value)
    stack = task.undefended()
    return AnnotatedBank(stack, {option: value, ACCURACY: validation_accuracy(task, stack)})


def fixed(task: Task, option: str, value: OptionValue) -> AnnotatedBank:
    """Return predictors trained with one value of an option; it is noted.

    So is their accuracy on validation pairs, where there are any.
    """
    stack = task.predictor.model_copy(update={option: value}).fit(
        task.pairs.data(),
        task.rows,
        task.seeds,
        progress=task.progress,
        title=f"{task.title}, {option.replace('_', ' ')} {value:g}",
    )
    notes: dict[str, Annotation] = {option: value}
    if len(task.validation):
        notes[ACCURACY] = validation_accuracy(task, stack)
    return AnnotatedBank(stack, notes)


def validation_accuracy(task: Task, stack: PredictorBank) -> float:
    """Return the mean accuracy of M predictors on validation pairs, as the first backbone sees."""
    photos = task.pairs.embeddings[0]
    first, second = task.pairs.first[task.validation], task.pairs.second[task.validation]
    accepted = stack.logits(photos[first], photos[second]) >= 0
    return float(np.mean(accepted == task.pairs.same[task.validation]))


def require_option(task: Task, option: str, mitigation: str) -> None:
    """Raise `OptionError` unless the task's predictor has an option."""
    predictor = type(task.predictor)
    if option not in predictor.model_fields:
        raise OptionError(
            f"expected a predictor with {option!r} for {mitigation!r}, got {predictor.name!r}; try "
            "'network'"
        )
