"""Checks of what a user's function answers: labels, numbers or decisions, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import NO_ANSWER
from faceaudit.types import FloatArray, IntArray

Answers = npt.NDArray[Any]


def check_labels(found: Answers, people: int, title: str) -> IntArray:
    """Return (N,) labels in -1..people - 1.

    Raises:
        InputError: they are no whole numbers, more than one a photo, or of nobody.
    """
    if found.ndim != 1 and len(found):
        raise InputError(
            f"expected {title} to give one label a photo, (N,), got {found.shape}; return "
            ".argmax(axis=1), or role: embedder"
        )
    if found.dtype.kind not in "iu" and len(found):
        raise InputError(
            f"expected {title} to give labels as whole numbers, got {found.dtype}; return them "
            "as int64, or scores (N, K) of K people"
        )
    labels = found.reshape(-1).astype(np.int64)
    wrong = labels[(labels < NO_ANSWER) | (labels >= people)]
    if len(wrong):
        raise InputError(
            f"expected {title} to give labels in 0..{people - 1}, or -1 for nobody, got "
            f"{int(wrong[0])}; give it the names of all people it knows"
        )
    return labels


def check_numbers(
    found: Answers, width: int, title: str, ids: Sequence[str], *, unanswered: bool
) -> FloatArray:
    """Return (N, width) finite floats; rows of NaN alone where that may mean no answer.

    Raises:
        InputError: another shape, no floats, or numbers that are not finite.
    """
    if not len(ids):
        return np.empty((0, width), dtype=np.float32)
    if found.ndim != 2 or found.shape[1] != width or found.dtype.kind != "f":
        raise InputError(
            f"expected {title} to give floats (N, {width}), got {found.dtype} {found.shape}; "
            "return the same kind of answer about every batch"
        )
    return _check_finite(found.astype(np.float32), title, ids, unanswered=unanswered)


def check_pair_scores(
    found: Answers, title: str, ids: Sequence[str], *, unanswered: bool
) -> FloatArray:
    """Return (P,) finite floats; NaN where that may mean no answer.

    Raises:
        InputError: another shape, no floats, or numbers that are not finite.
    """
    if found.ndim != 1 or found.dtype.kind != "f":
        raise InputError(
            f"expected {title} to give a float for each pair, (P,), got {found.dtype} "
            f"{found.shape}; return one number a pair"
        )
    numbers = found.astype(np.float32)[:, None]
    return _check_finite(numbers, title, ids, unanswered=unanswered)[:, 0]


def check_decisions(found: Answers, title: str, *, unanswered: bool) -> IntArray:
    """Return (P,) decisions: 1 one person, 0 two, -1 no answer where that is allowed.

    Raises:
        InputError: they are something else.
    """
    least = NO_ANSWER if unanswered else 0
    if found.ndim == 1 and found.dtype.kind in "iub":
        decisions = found.astype(np.int64)
        if ((decisions >= least) & (decisions <= 1)).all():
            return decisions
    raise InputError(
        f"expected {title} to decide 1 (one person) or 0 (two) of each pair, (P,), got "
        f"{found.dtype} {found.shape} {found.ravel()[:4].tolist()}; return booleans, or scores as "
        "floats with a threshold"
    )


def _check_finite(
    numbers: FloatArray, title: str, ids: Sequence[str], *, unanswered: bool
) -> FloatArray:
    finite = np.isfinite(numbers)
    wrong = ~finite.all(axis=1)
    if unanswered:
        wrong &= ~np.isnan(numbers).all(axis=1)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        remedy = "check its weights and preprocessing"
        if not unanswered:
            remedy += "; where NaN says that no face was found, say unanswered: true"
        raise InputError(
            f"expected {title} to give finite numbers, got NaN or infinity for "
            f"{int(wrong.sum()):,} of {len(numbers):,}, the first of them {ids[first]!r}; {remedy}"
        )
    return numbers
