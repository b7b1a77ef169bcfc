"""A pattern that makes networks take all its wearers for one another, by gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.enrolment.base import Surrogates
from faceaudit.attacks.enrolment.common.shapes import Outline
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

FEWEST = 4
"""People that a pattern is made from at least."""


@dataclass(frozen=True)
class Search:
    """How a pattern is searched for.

    Attributes:
        steps: of Adam (Kingma and Ba 2014, arXiv 1412.6980).
        rate: its learning rate, of the colours' logits; it decays to a tenth.
        batch: people who wear the pattern at each step.
        jitter: how far the key is moved at random, as a share of the distance between the eyes,
            and turned and scaled likewise: it is not put on where the next detector sees the eyes.
        alike: the cosine of two wearers that is enough; 1 asks for as much as there is.
        own: the cosine of a wearer with their own bare photo that is asked for; 0 asks for none.
        opacity: of the pattern.
        usual_length: whether wearers' embeddings are to be as long as those of bare faces.
    """

    steps: int
    rate: float
    batch: int
    jitter: float
    alike: float
    own: float = 0.0
    opacity: float = 1.0
    usual_length: bool = False


def search_pattern(
    outline: Outline, surrogates: Surrogates, how: Search, rng: np.random.Generator
) -> ImageArray:
    """Return (h, w, 3) colours of a pattern that wearers are taken for one another by.

    The loss is the mean, over networks and over pairs of two people who wear it, of how far their
    cosine is below `alike`; where `own` is above 0, of how far the cosine of a wearer with another,
    bare photo of theirs is below that is added; where `usual_length` is asked for, too, how many
    spreads of bare faces the logarithm of the length is off their mean, beyond one.

    Args:
        outline: what the key covers.
        surrogates: people who wear it while it is searched for, and networks that see them.
        how: the search.
        rng: of who wears it at each step, and of how it is moved.

    Raises:
        InputError: fewer than four people, nobody has two photos where `own` asks for them, or a
            network gives no gradients.
    """
    wearers = _wearers(surrogates.person, paired=how.own > 0)
    sides = [_Side(surrogates, number, outline, how) for number in range(len(surrogates.embedders))]
    device = sides[0].device
    start = rng.normal(0, 0.1, (*outline.covered.shape, 3)).astype(np.float32)
    logits = torch.from_numpy(start).to(device).requires_grad_()
    adam = torch.optim.Adam([logits], lr=how.rate)
    batch = min(how.batch, len(wearers[0]))
    with surrogates.progress.task("search for a pattern", how.steps) as advance:
        for step in range(how.steps):
            adam.param_groups[0]["lr"] = how.rate * (
                0.55 + 0.45 * float(np.cos(np.pi * step / how.steps))
            )
            chosen = rng.choice(len(wearers[0]), batch, replace=False)
            moves = rng.normal(0, how.jitter, (batch, 4)).astype(np.float32)
            pull = torch.zeros_like(logits)
            for side in sides:  # one graph at a time: memory is that of one network
                loss = side.loss(logits, wearers[0][chosen], wearers[1][chosen], moves)
                pull += torch.autograd.grad(loss / len(sides), logits)[0]
            logits.grad = pull
            adam.step()
            advance(1)
    found = (torch.sigmoid(logits.detach()) * 255).round().to(torch.uint8).cpu().numpy()
    return np.asarray(found)


def check_wearers(photos: IntArray, *, paired: bool) -> None:
    """Raise where there are too few people to make a pattern from.

    Args:
        photos: (D,) how many photos there are of each.
        paired: whether only people with two photos count.

    Raises:
        InputError: fewer than four.
    """
    count = np.count_nonzero(photos >= 1 + paired)
    if count < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} people{' with two photos' * paired} to make a pattern "
            f"from, got {count}; give more in people.donors"
        )


def _wearers(person: IntArray, *, paired: bool) -> tuple[IntArray, IntArray]:
    """Return a photo of each person, and another one of theirs, or the same where there is none."""
    check_wearers(np.unique(person, return_counts=True)[1], paired=paired)
    order = np.argsort(person, kind="stable")
    _, first, count = np.unique(person[order], return_index=True, return_counts=True)
    if paired:
        first, count = first[count > 1], count[count > 1]
    return order[first], order[first + (count > 1)]


class _Side:
    """One network, and the attacker's photos at its size."""

    def __init__(self, surrogates: Surrogates, number: int, outline: Outline, how: Search) -> None:
        embedder = surrogates.embedders[number]
        self.network = embedder.differentiable()
        self.device, self.how = embedder.device, how
        self.photos = surrogates.photos[number]
        self.eyes = surrogates.eyes[number]
        seen = embedder.embed(self.photos) if how.own or how.usual_length else _nothing()
        self.bare: FloatArray = normalized(seen) if how.own else seen
        lengths = np.log(np.linalg.norm(seen, axis=1)) if how.usual_length else np.zeros(2)
        self.length, self.spread = float(lengths.mean()), max(float(lengths.std()), 1e-3)
        covered = torch.from_numpy(outline.covered.astype(np.float32)) * how.opacity
        self.cover = covered[..., None].to(self.device)
        self.anchors = torch.from_numpy(outline.eyes).to(self.device)

    def loss(self, logits: Tensor, rows: IntArray, others: IntArray, moves: FloatArray) -> Tensor:
        """Return the loss of some wearers."""
        photos = torch.from_numpy(np.ascontiguousarray(self.photos[rows])).to(self.device).float()
        eyes = torch.from_numpy(jittered(self.eyes[rows], moves)).to(self.device)
        colours = torch.sigmoid(logits) * 255
        layer = torch.cat([colours * self.cover, self.cover], dim=2)
        worn = lay_on(layer, self.anchors, eyes, self.photos.shape[1:3])
        made = self.network(photos * (1 - worn[..., 3:]) + worn[..., :3])
        seen = functional.normalize(made)
        alike = seen @ seen.T
        apart = ~torch.eye(len(rows), dtype=torch.bool, device=self.device)
        loss = (self.how.alike - alike[apart]).clamp(min=0).mean()
        if self.how.own:
            own = (seen * torch.from_numpy(self.bare[others]).to(self.device)).sum(dim=1)
            loss = loss + (self.how.own - own).clamp(min=0).mean()
        if self.how.usual_length:
            off = (torch.log(made.norm(dim=1)) - self.length).abs() / self.spread
            loss = loss + (off - 1).clamp(min=0).mean()
        return loss


def jittered(eyes: FloatArray, moves: FloatArray) -> FloatArray:
    """Return (N, 2, 2) eyes that are moved, scaled and turned a little.

    Args:
        eyes: (N, 2, 2) pixels.
        moves: (N, 4) right and down, as shares of the distance between the eyes; growth; radians.
    """
    middle = eyes.mean(axis=1, keepdims=True)
    half = eyes - middle
    length = np.linalg.norm(half[:, 1] - half[:, 0], axis=1)[:, None, None]
    cosine, sine = np.cos(moves[:, 3]), np.sin(moves[:, 3])
    turn = np.stack([cosine, sine, -sine, cosine], axis=1).reshape(-1, 2, 2)
    grown = (1 + moves[:, 2])[:, None, None] * (half @ turn)
    return np.asarray(middle + length * moves[:, None, :2] + grown, dtype=np.float32)


def lay_on(layer: Tensor, anchors: Tensor, eyes: Tensor, size: tuple[int, ...]) -> Tensor:
    """Return (N, H, W, 4) a premultiplied layer as it lies on each face; derivatives flow through.

    Args:
        layer: (h, w, 4) premultiplied colours, and cover.
        anchors: (2, 2) pixels (x, y) of it that come to the eyes.
        eyes: (N, 2, 2) pixels of the faces.
        size: height and width of the faces.
    """
    height, width = size
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float32, device=layer.device),
        torch.arange(width, dtype=torch.float32, device=layer.device),
        indexing="ij",
    )
    # A similarity of the plane is one complex factor and one shift.
    worn, drawn = (torch.view_as_complex(one.contiguous()) for one in (eyes, anchors))
    turn = (drawn[1] - drawn[0]) / (worn[:, 1] - worn[:, 0])
    pixel = torch.complex(x, y)[None]
    place = torch.view_as_real(turn[:, None, None] * (pixel - worn[:, :1, None]) + drawn[0])
    limits = torch.tensor([layer.shape[1], layer.shape[0]], device=layer.device)
    layers = layer.permute(2, 0, 1)[None].expand(len(eyes), -1, -1, -1)
    laid = functional.grid_sample(
        layers, (2 * place + 1) / limits - 1, mode="bilinear", align_corners=False
    )
    return laid.permute(0, 2, 3, 1)


def _nothing() -> FloatArray:
    return np.empty((0, 0), dtype=np.float32)
