"""I-BAU: the perturbation, and the hypergradient against numbers."""

from __future__ import annotations

import numpy as np
import torch

from faceaudit.mitigations.backdoor.common.tuning import learning
from faceaudit.mitigations.backdoor.i_bau import IBau, _shifted, _within
from mitigations.backdoor.small_systems import task_of


def test_the_worst_perturbation_stays_within_and_raises_the_loss() -> None:
    task = task_of(clean=6)
    images, labels = task.clean.gather(np.arange(len(task.clean)))
    batch = (images.float(), labels)
    radius = 0.1 * 255 * images[0].numel() ** 0.5
    start = torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(0))
    with learning(task):
        found = IBau(ascents=8)._worst(task, batch, start, radius)
    assert float(found.norm()) <= radius * 1.0001
    assert float(_shifted(task, batch, found)) > float(_shifted(task, batch, start)) + 0.1


def test_the_slope_follows_the_perturbation_as_numbers_do() -> None:
    """One term: the perturbation is one step of ascent from where it was, for any weights."""
    task = task_of(clean=6, last_layer=True)
    values, labels = task.clean.gather(np.arange(len(task.clean)))
    batch = (values.float(), labels)
    task.head.double()
    batch = (values.double(), labels)
    radius, at = 1.5, torch.full((values.shape[1],), 0.2, dtype=torch.float64)

    def loss_at(shift: torch.Tensor) -> torch.Tensor:
        logits = task.head(batch[0] + shift)
        return torch.nn.functional.cross_entropy(logits, labels)

    def stepped() -> torch.Tensor:
        here = at.clone().requires_grad_()
        (slope,) = torch.autograd.grad(loss_at(here), here)
        return _within(here.detach() + slope / slope.norm() * radius / 2, radius)

    weight = task.head.weight
    weight.requires_grad_()
    first = at.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss_at(first), first, create_graph=True)
    step = _within(first + slope / slope.norm() * radius / 2, radius)
    pull = torch.linspace(-1, 1, len(at), dtype=torch.float64)
    (found,) = torch.autograd.grad(step, weight, grad_outputs=pull)
    with torch.no_grad():
        before = float(weight[1, 3])
        ends = []
        for by in (1e-5, -1e-5):
            weight[1, 3] = before + by
            with torch.enable_grad():
                ends.append(float(stepped() @ pull))
        weight[1, 3] = before
    np.testing.assert_allclose(float(found[1, 3]), (ends[0] - ends[1]) / 2e-5, rtol=1e-3)


def test_without_terms_the_perturbation_is_taken_as_fixed() -> None:
    task = task_of(clean=6, last_layer=True)
    values, labels = task.clean.gather(np.arange(len(task.clean)))
    batch = (values.float(), labels)
    shift = 3 * torch.randn(values.shape[1], generator=torch.Generator().manual_seed(0))
    with learning(task) as weights:
        fixed = IBau(terms=0, share=0.3)._slopes(task, batch, shift, 2.0, weights)
        bare = torch.nn.functional.cross_entropy(task.head(batch[0]), labels)
        loss = 0.3 * _shifted(task, batch, shift) + 0.7 * bare
        expected = torch.autograd.grad(loss, weights)
        followed = IBau(terms=3, share=0.3)._slopes(task, batch, shift, 2.0, weights)
    for one, other in zip(fixed, expected, strict=True):
        torch.testing.assert_close(one, other)
    assert float((fixed[0] - followed[0]).abs().max()) > 1e-5
