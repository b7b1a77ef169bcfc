"""A repair: what one perturbation does to all photos is unlearned (I-BAU)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    Batch,
    answer,
    clean_batches,
    falling,
    learning,
    rate_of,
    require_clean,
    require_finite,
    steps_of,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

TINY = 1e-12


@backdoor_mitigations.register
class IBau(Repair):
    """I-BAU: a perturbation, the same for all photos, is found that misleads; it is unlearned.

    Each round looks for the perturbation within `size` that raises the loss on clean photos most,
    and takes a step on the weights against that loss. How the perturbation itself follows the
    weights is part of the slope (implicit hypergradient, by a Neumann series of `terms` terms).

    Where we differ: every batch is a round of its own, and starts from the perturbation of the last
    one. Its size is that of a change of every pixel, as a share of 255; of embeddings, where only
    the last layer is tuned, as a share of their root mean square. Steps are Adam's. In the paper
    all photos have the perturbation while it is unlearned, in the authors' program one of a
    hundred, and the rest are bare; here all count both ways, and with the perturbation by `share`.
    It raises the loss by so much that half and half leaves little of what a small network knows.
    On photos of people whom the system does not know, the loss is against what it says of them as
    they are.
    """

    name: ClassVar[str] = "i_bau"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = (
        "Zeng, Chen, Park, Mao, Jin, Jia 2021, Adversarial unlearning of backdoors via implicit "
        "hypergradient, arXiv 2110.03735"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    size: float = Field(
        0.1, gt=0, le=1, description="root mean square of the perturbation, as a share of the range"
    )
    share: float = Field(
        0.01,
        gt=0,
        le=1,
        description="weight of the loss on photos with the perturbation, beside that on bare ones",
    )
    ascents: int = Field(5, ge=1, description="steps towards the worst perturbation a round")
    terms: int = Field(3, ge=0, description="terms of the Neumann series; 0 leaves it out")
    epochs: int = Field(10, ge=1, description="how often each clean photo is shown")
    batch: int = Field(32, ge=1, description="photos a round")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size at first, falling to zero; none means that of the training",
    )

    def repair(self, task: RepairTask) -> None:
        """Unlearn perturbations.

        Raises:
            InputError: there are no clean photos.
            CaseError: it diverged.
        """
        require_clean(task, "unlearn perturbations of")
        total = steps_of(task.clean, self.epochs, self.batch)
        with learning(task) as weights, task.progress.task(task.title, total) as advance:
            optimiser = torch.optim.Adam(weights, lr=rate_of(task, self.learning_rate))
            schedule = falling(optimiser, total)
            shift: Tensor | None = None
            for images, labels in clean_batches(task, self.epochs, self.batch):
                values = images.to(torch.float32)
                level = 255.0 if task.network is not None else float(values.square().mean().sqrt())
                radius = self.size * level * values[0].numel() ** 0.5
                if shift is None:
                    # At 0 there is no direction yet in which a rectified network differs.
                    shift = torch.randn_like(values[0]) * (0.01 * self.size * level)
                shift = self._worst(task, (values, labels), shift, radius)
                slopes = self._slopes(task, (values, labels), shift, radius, weights)
                for weight, slope in zip(weights, slopes, strict=True):
                    weight.grad = slope
                optimiser.step()
                schedule.step()
                advance(1)
            require_finite(task)

    def _worst(self, task: RepairTask, batch: Batch, shift: Tensor, radius: float) -> Tensor:
        """Return the perturbation after some steps of rising loss, within the radius."""
        for _ in range(self.ascents):
            shift = shift.detach().requires_grad_()
            (slope,) = torch.autograd.grad(_shifted(task, batch, shift), shift)
            shift = _within(shift.detach() + _direction(slope) * radius / 2, radius)
        return shift

    def _slopes(
        self,
        task: RepairTask,
        batch: Batch,
        shift: Tensor,
        radius: float,
        weights: list[nn.Parameter],
    ) -> list[Tensor]:
        """Return the slopes of the loss by the weights, that of the perturbation among them.

        One more step of ascent, written as a function of shift and weights, has the best
        perturbation as its fixed point; the implicit function theorem gives how that moves.
        """
        values, labels = batch
        at = shift.detach().requires_grad_()
        bare = functional.cross_entropy(answer(task, values), labels)
        outer = self.share * _shifted(task, batch, at) + (1 - self.share) * bare
        direct = torch.autograd.grad(outer, [*weights, at], allow_unused=True)
        slopes = [
            torch.zeros_like(w) if s is None else s for w, s in zip(weights, direct, strict=False)
        ]
        if not self.terms or direct[-1] is None:
            return slopes
        (slope,) = torch.autograd.grad(_shifted(task, batch, at), at, create_graph=True)
        stepped = _within(at + _direction(slope) * radius / 2, radius)
        term = direct[-1]
        moved = term
        for _ in range(self.terms):
            (term,) = torch.autograd.grad(stepped, at, grad_outputs=term, retain_graph=True)
            moved = moved + term
        implicit = torch.autograd.grad(stepped, weights, grad_outputs=moved, allow_unused=True)
        return [s if by is None else s + by for s, by in zip(slopes, implicit, strict=True)]


def _shifted(task: RepairTask, batch: Batch, shift: Tensor) -> Tensor:
    """Return the loss on photos that all have the same perturbation."""
    values, labels = batch
    changed = values + shift
    if task.network is not None:
        changed = changed.clamp(0, 255)
    return functional.cross_entropy(answer(task, changed), labels)


def _direction(slope: Tensor) -> Tensor:
    direction: Tensor = slope / (slope.norm() + TINY)
    return direction


def _within(shift: Tensor, radius: float) -> Tensor:
    length = shift.norm()
    inside: Tensor = shift * (radius / length.clamp_min(radius))
    return inside
