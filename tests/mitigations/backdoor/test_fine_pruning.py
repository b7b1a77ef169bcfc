"""Fine-pruning: which entries are cut."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from faceaudit.mitigations.backdoor.fine_pruning import FinePruning, kept_entries
from faceaudit.training.classifier import CosineHead
from mitigations.backdoor.small_systems import task_of


def with_weight(head: nn.Linear, weight: torch.Tensor) -> nn.Linear:
    with torch.no_grad():
        head.weight.copy_(weight)
    return head


def test_the_least_active_entries_are_cut_as_long_as_accuracy_stays() -> None:
    embeddings = torch.eye(4).repeat(3, 1) * torch.tensor([4.0, 3.0, 2.0, 1.0])
    embeddings = torch.cat([embeddings, torch.zeros(12, 4)], dim=1)
    embeddings[:, 4:] = 0.1
    labels = torch.arange(4).repeat(3)
    weight = torch.cat([torch.eye(4), torch.zeros(4, 4)], dim=1)
    head = with_weight(nn.Linear(8, 4, bias=False), weight)
    kept = kept_entries(embeddings, labels, head, 0.0)
    assert kept.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    # Without its entry the fourth person is taken for another: a quarter of the photos.
    kept = kept_entries(embeddings, labels, head, 0.26)
    assert kept.tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    torch.testing.assert_close(head.weight.detach(), weight)


def test_a_head_of_cosines_is_asked_as_it_answers() -> None:
    """The second person's direction is long: its products win all photos, its cosines do not."""
    embeddings = torch.tensor([[3.0, 1.0, 0.1, 0.2], [1.0, 3.1, 0.1, 0.2]]).repeat(4, 1)
    labels = torch.tensor([0, 1]).repeat(4)
    weight = torch.tensor([[1.0, 0, 0, 0], [0, 20.0, 0, 0]])
    # Of cosines both photos are right until an entry that tells them apart is cut.
    kept = kept_entries(embeddings, labels, with_weight(CosineHead(4, 2), weight), 0.0)
    assert kept.tolist() == [1, 1, 0, 0]
    # Of products the first person's photos are wrong from the beginning, and one entry is enough.
    products = with_weight(nn.Linear(4, 2, bias=False), weight)
    assert kept_entries(embeddings, labels, products, 0.0).tolist() == [0, 1, 0, 0]


def test_what_is_cut_stays_cut_while_the_rest_learns() -> None:
    task = task_of(clean=6)
    FinePruning(lost=0.2, epochs=2).repair(task)
    weight = task.head.weight.detach().numpy()
    cut = (weight == 0).all(axis=0)
    assert 0 < cut.sum() < weight.shape[1]
    assert np.isfinite(weight).all()
