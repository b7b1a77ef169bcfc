"""A network as a function that derivatives flow through, from pixels to its answers."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from faceaudit.networks.common.face_network import FaceNetwork


class Differentiable(nn.Module):
    """A copy of a network, from pixels (N, H, W, 3) of 0 to 255 to its answers.

    Args:
        module: the network; it stays as it is.
        device: where to run.
        head: a layer behind it, already on the device; nothing where None.
    """

    def __init__(
        self, module: FaceNetwork, device: torch.device, head: nn.Linear | None = None
    ) -> None:
        super().__init__()
        # Tensors that were moved while nothing was recorded cannot be recorded; copies can.
        self.network = copy.deepcopy(module).to(device)
        self.head = head
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (N, K) scores or (N, E) embeddings."""
        device = next(self.parameters()).device
        # Preparation works in place, which what is to be differentiated by does not allow.
        prepared = self.network.prepare(pixels.to(device, torch.float32) * 1)
        answers: Tensor = self.network(prepared)
        return answers if self.head is None else self.head(answers)
