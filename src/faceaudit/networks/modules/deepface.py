"""Layers of DeepFace."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.locally_connected import LocallyConnected2d
from faceaudit.networks.common.split_network import SplitNetwork


class DeepFaceModule(SplitNetwork):
    """Convolutions, locally connected layers and F7.

    Args:
        wide, narrow: channels of the first layer, and of all others.
        maps: height and width after M2, C3, L4, L5 and L6.
        embedding: length of an embedding.
    """

    def __init__(
        self, wide: int, narrow: int, maps: tuple[tuple[int, int], ...], embedding: int
    ) -> None:
        super().__init__()
        _, third, fourth, fifth, sixth = maps
        self.c1 = nn.Conv2d(3, wide, 11)
        self.c3 = nn.Conv2d(wide, narrow, 9)
        self.l4 = LocallyConnected2d(narrow, narrow, size=third, kernel=9)
        self.l5 = LocallyConnected2d(narrow, narrow, size=fourth, kernel=7, stride=2)
        self.l6 = LocallyConnected2d(narrow, narrow, size=fifth, kernel=5)
        self.f7 = nn.Linear(narrow * sixth[0] * sixth[1], embedding)
        for layer in (self.c1, self.c3, self.f7):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = functional.relu(_pool_maps(self.c1(images)))
        x = functional.relu(self.c3(x))
        x = functional.relu(self.l4(x))
        x = functional.relu(self.l5(x))
        return functional.relu(self.l6(x))

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        return functional.dropout(functional.relu(self.f7(maps.flatten(1))), 0.5, self.training)

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.f7,)


def _pool_maps(maps: Tensor) -> Tensor:
    """Take the largest of 3x3 at every second position, padded as Keras' "same" does.

    An even edge is padded at its end only, an odd one at both ends.
    """
    height, width = maps.shape[2:]
    padding = (height % 2, width % 2)
    return functional.max_pool2d(maps, 3, 2, padding=padding, ceil_mode=True)
