"""Fine-pruning: which entries are cut."""

from __future__ import annotations

import numpy as np
import torch

from faceaudit.mitigations.backdoor.fine_pruning import FinePruning, kept_entries
from mitigations.backdoor.small_systems import task_of


def test_the_least_active_entries_are_cut_as_long_as_accuracy_stays() -> None:
    embeddings = torch.eye(4).repeat(3, 1) * torch.tensor([4.0, 3.0, 2.0, 1.0])
    embeddings = torch.cat([embeddings, torch.zeros(12, 4)], dim=1)
    embeddings[:, 4:] = 0.1
    labels = torch.arange(4).repeat(3)
    weight = torch.cat([torch.eye(4), torch.zeros(4, 4)], dim=1)
    kept = kept_entries(embeddings, labels, weight, None, 0.0)
    assert kept.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    # Without its entry the fourth person is taken for another: a quarter of the photos.
    kept = kept_entries(embeddings, labels, weight, None, 0.26)
    assert kept.tolist() == [1, 1, 1, 0, 0, 0, 0, 0]


def test_what_is_cut_stays_cut_while_the_rest_learns() -> None:
    task = task_of(clean=6)
    FinePruning(lost=0.2, epochs=2).repair(task)
    weight = task.head.weight.detach().numpy()
    cut = (weight == 0).all(axis=0)
    assert 0 < cut.sum() < weight.shape[1]
    assert np.isfinite(weight).all()
