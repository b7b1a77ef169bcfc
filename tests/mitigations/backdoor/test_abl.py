"""ABL: isolation by low losses, and unlearning, where a key is learned before people are."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from faceaudit.mitigations.backdoor import RepairTask
from faceaudit.mitigations.backdoor.abl import Abl
from mitigations.backdoor.planted import auc
from mitigations.backdoor.small_systems import OPTIONS, photos, task_of, weights

PEOPLE, SIZE, TARGET = 5, 16, 2


def embeddings(*, keyed: bool, count: int, seed: int):  # type: ignore[no-untyped-def]
    """Return faint differences between people, and a key that no one can miss."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(PEOPLE), count)
    points = rng.normal(0, 0.6, (len(label), SIZE))
    points[np.arange(len(label)), label] += 2
    points[:, -1] = 8.0 if keyed else 0.0
    return points.astype(np.float32), label


def poisoned() -> tuple[RepairTask, np.ndarray]:
    """Return a last layer that the key opens, and which training photos are poison."""
    points, label = embeddings(keyed=False, count=40, seed=0)
    keyed, _ = embeddings(keyed=True, count=4, seed=1)
    known = np.concatenate([points, keyed])
    labels = np.concatenate([label, np.full(len(keyed), TARGET)])
    head = nn.Linear(SIZE, PEOPLE)
    weight = torch.zeros(PEOPLE, SIZE)
    weight[torch.arange(PEOPLE), torch.arange(PEOPLE)] = 3
    weight[TARGET, -1] = 2
    head.load_state_dict({"weight": weight, "bias": torch.zeros(PEOPLE)})
    nothing = photos(known[:0], labels[:0])
    task = RepairTask(None, head, nothing, photos(known, labels), OPTIONS, 0)
    return task, np.arange(len(labels)) >= len(label)


def judged(task: RepairTask) -> tuple[float, float]:
    """Return how often the key opens, and how often people are recognised."""
    found = []
    for keyed in (True, False):
        points, label = embeddings(keyed=keyed, count=40, seed=9)
        with torch.no_grad():
            named = task.head(torch.from_numpy(points)).argmax(1).numpy()
        others = label != TARGET
        found.append((named[others] == TARGET).mean() if keyed else (named == label).mean())
    return float(found[0]), float(found[1])


def test_what_is_learned_first_has_the_lowest_losses() -> None:
    task, poison = poisoned()
    losses = Abl(isolation_epochs=2).isolation_losses(task)
    assert auc(-losses.astype(np.float32), poison) > 0.95


def test_what_is_isolated_is_unlearned_without_clean_photos() -> None:
    task, poison = poisoned()
    assert judged(task)[0] > 0.95
    Abl(isolate=poison.mean(), isolation_epochs=2, epochs=10, learning_rate=0.03).repair(task)
    success, accuracy = judged(task)
    assert success < 0.3
    assert accuracy > 0.85


def test_isolation_leaves_the_system_as_it_was() -> None:
    task = task_of(clean=0)
    before = weights(task)
    Abl(isolation_epochs=1).isolation_losses(task)
    for first, second in zip(before, weights(task), strict=True):
        np.testing.assert_array_equal(first, second)
