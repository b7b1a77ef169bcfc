"""A mitigation: a projection to few entries that are nearly independent of attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
)
from faceaudit.mitigations.attribute_inference.common.erase import ERASE
from faceaudit.mitigations.attribute_inference.leace import leace
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

SHARPNESS = 10.0
"""How many times cosines are multiplied in the loss that tells people apart."""
TINY = 1e-6


@attribute_mitigations.register
class IndependentProjection(AttributeMitigation):
    """A linear map to few entries, learned to tell people apart and to depend on no attribute.

    Dependence is measured by the Hilbert-Schmidt criterion with a Gaussian kernel of what is
    stored, at length 1: it is 0 for independence alone, so that what a curved probe would find
    counts, too. It is normalised as an alignment of kernels (0 to 1); attributes count alike.
    People are told apart by the supervised contrastive loss. It starts from what `leace` leaves,
    and there from the principal axes.
    """

    name: ClassVar[str] = "independent_projection"
    paper: ClassVar[str] = (
        "ours; of Gretton, Bousquet, Smola, Schoelkopf 2005, Measuring statistical dependence with "
        "Hilbert-Schmidt norms, ALT, and Khosla et al. 2020, Supervised contrastive learning, "
        "arXiv 2004.11362; after LEACE, arXiv 2306.03819"
    )

    erase: tuple[str, ...] = ERASE
    entries: int = Field(16, ge=2, description="entries of what is stored")
    weight: float = Field(
        5.0, ge=0, description="how much dependence counts beside telling people apart"
    )
    steps: int = Field(600, ge=1, description="steps of the training")
    people: int = Field(128, ge=2, description="people of a step")
    rate: float = Field(0.01, gt=0, description="learning rate at first; it falls to 0")

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return the projection.

        Raises:
            InputError: nobody has two photos.
        """
        own = known.of(self.erase)
        names, who = np.unique(own.people, return_inverse=True)
        if len(names) < 2 or np.bincount(who).max() < 2:
            raise InputError("expected people with two photos or more to learn from, got none")
        templates = own.templates[0].astype(np.float64)
        mean, erased = leace(templates, own.indicators())
        templates = (templates - mean) @ erased
        axes = np.linalg.svd(templates, full_matrices=False)[2]
        weight = torch.tensor(axes[: self.entries].T.copy(), dtype=torch.float32)
        weight.requires_grad = True
        away = torch.tensor(templates, dtype=torch.float32)
        concept = torch.tensor(own.indicators(), dtype=torch.float32)
        shares = torch.tensor(own.shares(), dtype=torch.float32)
        optimiser = torch.optim.Adam([weight], lr=self.rate)
        for step in range(self.steps):
            optimiser.param_groups[0]["lr"] = self.rate * (1 - step / self.steps)
            few = rng.permutation(len(names))[: self.people]
            rows = np.flatnonzero(np.isin(who, few))
            stored = torch.nn.functional.normalize(away[rows] @ weight, dim=1)
            loss = _confusion(stored, torch.from_numpy(who[rows]))
            loss = loss + self.weight * _dependence(stored, concept[rows], shares)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        learned = erased @ weight.detach().numpy()

        def change(given: Sequence[FloatArray]) -> FloatArray:
            return np.asarray((given[0] - mean) @ learned, dtype=np.float32)

        return change


def _confusion(stored: Tensor, person: Tensor) -> Tensor:
    """Return the supervised contrastive loss, the mean over pairs of photos of one person."""
    oneself = torch.eye(len(stored), dtype=torch.bool)
    same = (person[:, None] == person[None]) & ~oneself
    logits = (SHARPNESS * stored @ stored.T).masked_fill(oneself, -torch.inf)
    logs = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    return -logs[same].sum() / max(1, int(same.sum()))


def _dependence(stored: Tensor, concept: Tensor, shares: Tensor) -> Tensor:
    """Return how well columns of the concept align with a kernel of what is stored, weighed.

    The kernel is Gaussian, as wide as the median squared distance.
    """
    column = concept - concept.mean(dim=0)
    squares = (column**2).sum(dim=0)
    there = squares > TINY
    column, squares, shares = column[:, there], squares[there], shares[there]
    distance = 2 - 2 * stored @ stored.T
    kernel = torch.exp(-distance / distance.detach().median().clamp(min=TINY))
    kernel = kernel - kernel.mean(dim=0, keepdim=True)
    kernel = kernel - kernel.mean(dim=1, keepdim=True)
    told = ((column.T @ kernel) * column.T).sum(dim=1)
    aligned = told / (squares * (kernel**2).sum().sqrt().clamp(min=TINY))
    return (aligned * shares).sum()
