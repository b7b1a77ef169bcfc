"""A network with a head over people: a softmax layer, or cosines with a margin."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.face_network import FaceNetwork

SCALE = 30.0
"""What cosines are multiplied by before a softmax, which could not tell them apart otherwise."""


class CosineHead(nn.Linear):
    """A layer of one direction a person: embeddings to scaled cosines with each of them."""

    def __init__(self, embedding_size: int, people: int) -> None:
        super().__init__(embedding_size, people, bias=False)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return (N, people) cosines of (N, E) embeddings, times `SCALE`."""
        directions = functional.normalize(self.weight.float())
        return SCALE * functional.normalize(embeddings.float()) @ directions.T


class Classifier(nn.Module):
    """A network with a head over people: prepared images to one logit a person.

    Args:
        network: the network.
        people: how many the head tells apart.
        margin: None for a softmax layer. Else logits are cosines with one direction a person, and
            while learning the right person's must be larger by this margin (Wang et al. 2018,
            CosFace, arXiv 1801.09414): embeddings of one person then lie close together, and
            those of people whom the network never saw can be told apart by their cosine. Logits
            are without it.
    """

    def __init__(self, network: FaceNetwork, people: int, margin: float | None = None) -> None:
        super().__init__()
        self.network = network
        size = network.embedding_size
        self.head: nn.Linear = (
            nn.Linear(size, people) if margin is None else CosineHead(size, people)
        )
        self.margin = margin

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, people) logits of prepared images."""
        logits: Tensor = self.head(self.network(images))
        return logits

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss that is learned from, of (N, people) logits and (N,) labels."""
        if self.margin is not None:
            lower = functional.one_hot(labels, logits.shape[1]) * (SCALE * self.margin)
            logits = logits - lower
        return functional.cross_entropy(logits, labels)
