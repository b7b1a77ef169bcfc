"""A network with a softmax head over people."""

from __future__ import annotations

from torch import Tensor, nn

from faceaudit.networks.common.face_network import FaceNetwork


class Classifier(nn.Module):
    """A network with a softmax head: prepared images to one logit a person."""

    def __init__(self, network: FaceNetwork, people: int) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.embedding_size, people)

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, people) logits of prepared images."""
        logits: Tensor = self.head(self.network(images))
        return logits
