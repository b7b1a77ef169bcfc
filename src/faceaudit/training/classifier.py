"""A network with a head over people: a softmax layer, or cosines with a margin."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.face_network import FaceNetwork

SCALE = 30.0
"""What cosines are multiplied by before a softmax, which could not tell them apart otherwise."""


class Classifier(nn.Module):
    """A network with a head over people: prepared images to one logit a person.

    Args:
        network: the network.
        people: how many the head tells apart.
        margin: None for a softmax layer. Else logits are cosines with one direction a person, and
            while learning the right person's must be larger by this margin (Wang et al. 2018,
            CosFace, arXiv 1801.09414): embeddings of one person then lie close together, and
            those of people whom the network never saw can be told apart by their cosine.
    """

    def __init__(self, network: FaceNetwork, people: int, margin: float | None = None) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.embedding_size, people, bias=margin is None)
        self.margin = margin

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, people) logits of prepared images."""
        embeddings: Tensor = self.network(images)
        if self.margin is None:
            logits: Tensor = self.head(embeddings)
            return logits
        directions = functional.normalize(self.head.weight.float())
        return SCALE * functional.normalize(embeddings.float()) @ directions.T

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss that is learned from, of (N, people) logits and (N,) labels."""
        if self.margin is not None:
            lower = functional.one_hot(labels, logits.shape[1]) * (SCALE * self.margin)
            logits = logits - lower
        return functional.cross_entropy(logits, labels)
