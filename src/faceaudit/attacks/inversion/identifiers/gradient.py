"""Inversion of an identifier with the network in hand: down the gradient to a certain face."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.stop_rule import StopRule
from faceaudit.attacks.inversion.generators.base import Generator, LatentSpace, generators
from faceaudit.attacks.inversion.identifiers.base import (
    IdentifierInversion,
    IdentifierOracle,
    identifier_inversions,
)
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.progress import Advance, Progress, silent
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    from faceaudit.attacks.inversion.common import descent
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")
    descent = deferred("faceaudit.attacks.inversion.common.descent")

CHUNK = 64
"""People, or photos, worked on at once."""
ALIKE = 30
"""Other people's photos whose middle a descent starts from."""
VARIATION = 1000.0
"""What a total variation is multiplied by, so that one strength suits every prior."""
MOMENTA, SMALL = (0.9, 0.999), 1e-8


@identifier_inversions.register
class Gradient(IdentifierInversion):
    """Goes down the gradient to the face that the network is surest shows the person.

    MI-Face with priors. Each person has their own descent and their own end: at most `steps` steps
    (alpha), `patience` ones without a new lowest cost (beta), or a cost of at most `goal` (gamma);
    the face of the lowest cost is returned. The cost is 1 - p of the person as in the paper, or the
    cross-entropy at a temperature (Hinton, Vinyals, Dean 2015, arXiv 1503.02531), which goes on
    falling where p is 1 to all digits; what it finds pleases other networks better. Where we differ
    from the paper: steps are Adam's (Kingma and Ba 2014, arXiv 1412.6980), the network also sees
    the mirror image, and latents of a generator may stand for the pixels, as in Zhang et al. 2020
    (arXiv 1911.07135); these are kept near the middle of those other people's photos that have the
    largest logits, or near the average face.
    """

    name: ClassVar[str] = "gradient"
    paper: ClassVar[str] = (
        "Fredrikson, Jha, Ristenpart 2015, Model Inversion Attacks that Exploit Confidence "
        "Information and Basic Countermeasures, ACM CCS"
    )
    access: ClassVar[Access] = Access.GRADIENTS

    prior: Literal["none", "total_variation", "generator"] = Field(
        "generator",
        description="what is known of faces: nothing, that neighbouring pixels are alike, or a "
        "generator's latents",
    )
    generator: GeneratorOption = Field(
        "principal_components",
        validate_default=True,
        description="whose latents, with the prior `generator`",
    )
    strength: float = Field(0.05, ge=0, description="weight of the prior")
    start: Literal["alike", "average"] = Field(
        "alike", description="first face: the middle of 30 look-alikes, or of all other people"
    )
    cost: Literal["entropy", "probability"] = Field(
        "entropy", description="what falls: the cross-entropy, or 1 - p as in the paper"
    )
    temperature: float = Field(
        4.0, gt=0, description="what logits are divided by, of the cost `entropy`"
    )
    steps: int = Field(60, ge=1, description="steps at most")
    patience: int = Field(10, ge=1, description="steps without a lower cost to stop at")
    goal: float | None = Field(None, description="a cost to stop at; none means no cost is so low")
    rate: float = Field(0.1, gt=0, description="Adam's step size")
    mirrored: bool = Field(default=True, description="whether the network also sees mirror images")

    def space_of(self) -> Generator:
        """Return the generator whose latents are descended: without a prior of faces, pixels."""
        return self.generator if self.prior == "generator" else generators.build("pixels")

    def invert(
        self,
        oracle: IdentifierOracle,
        learned: FaceSet,
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> Reconstructions:
        """Return a face for each target; nothing is asked of the system.

        Raises:
            InputError: the network is not in hand, or no derivatives flow through the generator.
        """
        network, generator = oracle.module(), self.space_of()
        space = generator.space(
            learned if generator.learns else None, oracle.size, rng, progress=progress
        )
        pictures = space.differentiable()
        if pictures is None:
            raise InputError(
                f"expected a generator that derivatives flow through, got {generator.name!r}; try "
                "principal_components, or the attack `search`"
            )
        pictures = pictures.to(_device(network))
        start = self._start(space, network, oracle.targets, learned.images)
        found = np.empty_like(start)
        chunks = [slice(at, at + CHUNK) for at in range(0, len(start), CHUNK)]
        with progress.task("invert an identifier", len(chunks) * self.steps) as advance:
            for rows in chunks:
                one = _Descent(self, pictures, network, oracle.targets[rows], start[rows])
                found[rows] = one.run(advance)
        count = len(found)
        return Reconstructions(
            space.images(found), np.ones(count, dtype=bool), np.zeros(count, dtype=np.int64)
        )

    def _start(
        self, space: LatentSpace, network: nn.Module, targets: IntArray, images: ImageArray
    ) -> FloatArray:
        """Return (T, D) first latents."""
        if self.start == "average":
            middle = images.mean(axis=0, dtype=np.float64)[None]
            latents = space.latents(np.rint(middle).astype(np.uint8))
        else:
            alike = np.argsort(-_logits(network, images), axis=0, kind="stable")[:ALIKE, targets]
            latents = space.latents(images[alike.T.ravel()])
            if latents is not None:
                latents = latents.reshape(len(targets), -1, space.dimensions).mean(axis=1)
        if latents is None:  # a generator that knows no latents of photos starts in its middle
            latents = np.zeros((1, space.dimensions), dtype=np.float32)
        return np.broadcast_to(latents, (len(targets), space.dimensions)).astype(np.float32)


class _Descent:
    """Some people's latents under Adam, each with an end of their own.

    Args:
        how: the attack.
        pictures: from latents to pixels.
        network: from pixels to logits.
        targets: (T,) labels.
        start: (T, D) first latents, which a generator's prior keeps them near to.
    """

    def __init__(
        self,
        how: Gradient,
        pictures: nn.Module,
        network: nn.Module,
        targets: IntArray,
        start: FloatArray,
    ) -> None:
        device = _device(network)
        self._how, self._pictures, self._network = how, pictures, network
        self._targets = torch.from_numpy(targets).to(device)
        self._start = torch.from_numpy(start).to(device)
        self._latents, self._best = self._start.clone(), self._start.clone()
        self._first, self._second = torch.zeros_like(self._start), torch.zeros_like(self._start)
        self._rule = StopRule(len(targets), how.patience, how.goal)

    def run(self, advance: Advance) -> FloatArray:
        """Return the (T, D) latents of the lowest costs."""
        for step in range(self._how.steps + 1):
            who = np.flatnonzero(~self._rule.done)
            if len(who):
                self._take(who, step)
            if step:
                advance(1)
        best: FloatArray = self._best.cpu().numpy()
        return best

    def _take(self, who: IntArray, step: int) -> None:
        """Note the costs of people, and move those who are not done by one step of Adam."""
        rows = torch.from_numpy(who).to(self._latents.device)
        latents = self._latents[rows].requires_grad_()
        costs = self._costs(latents, rows)
        (gradient,) = torch.autograd.grad(costs.sum(), latents)
        lower = self._rule.note(who, costs.detach().double().cpu().numpy())
        better = rows[torch.from_numpy(lower).to(rows.device)]
        self._best[better] = self._latents[better]
        (early, late), count = MOMENTA, step + 1
        self._first[rows] = early * self._first[rows] + (1 - early) * gradient
        self._second[rows] = late * self._second[rows] + (1 - late) * gradient**2
        mean = self._first[rows] / (1 - early**count)
        scale = (self._second[rows] / (1 - late**count)).sqrt() + SMALL
        self._latents[rows] -= self._how.rate * mean / scale

    def _costs(self, latents: Tensor, rows: Tensor) -> Tensor:
        """Return the (N,) costs of people."""
        how, targets = self._how, self._targets[rows]
        pixels = self._pictures(latents)
        costs = self._certain(self._network(pixels), targets)
        if how.mirrored:
            costs = (costs + self._certain(self._network(pixels.flip(2)), targets)) / 2
        if how.prior == "generator":
            costs = costs + how.strength * (latents - self._start[rows]).square().sum(dim=1) / 2
        elif how.prior == "total_variation":
            costs = costs + how.strength * VARIATION * descent.total_variation(pixels)
        return costs

    def _certain(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return (N,) what is low where a network is sure of the targets."""
        sharp = self._how.cost == "probability"
        softened = logits if sharp else logits / self._how.temperature
        entropy = functional.cross_entropy(softened, targets, reduction="none")
        return 1 - torch.exp(-entropy) if sharp else entropy


def _logits(network: nn.Module, images: ImageArray) -> FloatArray:
    """Return the (N, K) logits of photos."""
    with torch.no_grad():
        blocks = [
            network(torch.from_numpy(images[at : at + CHUNK]).float().to(_device(network)))
            for at in range(0, len(images), CHUNK)
        ]
    logits: FloatArray = torch.cat(blocks).float().cpu().numpy()
    return logits


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
