"""A universal trigger: what makes an embedder take everybody who wears it for one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

SOFTNESS = 0.1
"""Of cosines: what a pair lacks falls off over so much beyond the threshold."""


@dataclass(frozen=True, eq=False)
class Together:
    """The goal that pairs of different people who both wear a trigger pass.

    Attributes:
        threshold: the lowest cosine that passes.
    """

    threshold: float

    def __call__(self, answers: Tensor, part: slice) -> tuple[Tensor, Tensor]:
        """Return what pairs lack, softplus((threshold - cosine) / softness), and who passes.

        Args:
            answers: (c, B, E) embeddings of B people, each with each of c triggers on.
            part: which triggers these are; all have this one goal.
        """
        del part
        unit = functional.normalize(answers, dim=2)
        first, second = torch.triu_indices(answers.shape[1], answers.shape[1], offset=1)
        cosines = (unit @ unit.transpose(1, 2))[:, first, second]
        lacking = functional.softplus((self.threshold - cosines) / SOFTNESS).mean(dim=1)
        reached = (cosines.detach() >= self.threshold).float().mean(dim=1)
        return lacking, reached
