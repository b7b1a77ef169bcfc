"""Tasks of verifiers small enough to train in a moment, on drawn embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceaudit.mitigations.membership.base import Task
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.predictors.difference_network import DifferenceNetwork
from faceaudit.systems.verifiers.pairs import EmbeddedPairs

SIZE = 16


def network(**options: Any) -> DifferenceNetwork:
    """Return a small network that learns quickly."""
    defaults = {
        "widths": (16, 8),
        "normalised": 1,
        "epochs": 12,
        "batch": 32,
        "learning_rate": 0.01,
        "difference": "absolute",
        "device": "cpu",
    }
    return DifferenceNetwork(**{**defaults, **options})


def pairs(count: int = 240, *, seed: int = 0, random_labels: bool = False) -> EmbeddedPairs:
    """Return pairs, each of two photos of its own; random labels do not depend on the photos."""
    rng = np.random.default_rng(seed)
    same = np.arange(count) % 2 == 0
    first = rng.standard_normal((count, SIZE))
    near = first + 0.6 * rng.standard_normal((count, SIZE))
    second = np.where(same[:, None] & (not random_labels), near, rng.standard_normal((count, SIZE)))
    photos = np.concatenate([first, second]).astype(np.float32)
    return EmbeddedPairs(photos[None], np.arange(count), count + np.arange(count), same, ("drawn",))


def task(
    models: int = 3, *, data: EmbeddedPairs | None = None, learned: int = 80, **options: Any
) -> Task:
    """Return verifiers of half of the first 2 * `learned` pairs; the others are for validation."""
    data = pairs() if data is None else data
    rng = np.random.default_rng(1)
    rows = np.stack([rng.permutation(2 * learned)[:learned] for _ in range(models)])
    return Task(
        data, rows, np.arange(2 * learned, len(data)), network(**options), [5, 6, 7, 8][:models]
    )


def one_of(whole: Task, model: int) -> Task:
    """Return the task of one of its verifiers alone."""
    return Task(
        whole.pairs,
        whole.rows[model : model + 1],
        whole.validation,
        whole.predictor,
        [whole.seeds[model]],
    )


def asked(whole: Task, bank: PredictorBank) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return (M, P) logits of all pairs."""
    photos = whole.pairs.embeddings[0]
    return bank.logits(photos[whole.pairs.first], photos[whole.pairs.second])


def accuracy(whole: Task, bank: PredictorBank) -> float:
    """Return the accuracy on the validation pairs."""
    right = (asked(whole, bank) >= 0) == whole.pairs.same
    return float(right[:, whole.validation].mean())


def margins(whole: Task, bank: PredictorBank) -> tuple[list[Any], list[Any]]:
    """Return the right answers' logits of each verifier's own pairs, and of the validation's."""
    right = np.where(whole.pairs.same, 1, -1) * asked(whole, bank)
    own = [row[rows] for row, rows in zip(right, whole.rows, strict=True)]
    return own, [row[whole.validation] for row in right]
