"""A network in two parts: all layers but the last ones, and its last block."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from faceaudit.networks.common.face_network import FaceNetwork


class SplitNetwork(FaceNetwork):
    """A network that says which of its layers are the last block, so that those can learn alone.

    The last block is the last residual block, or the last layer of a network without any, and all
    that comes behind it, up to the embedding.
    """

    @abstractmethod
    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given, of prepared images of the right size."""

    @abstractmethod
    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size) of what `trunk` gives: what the last block does."""

    @abstractmethod
    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules with all parameters and statistics that `finish` uses, and no other's.

        `trunk` uses none of them.
        """

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) of images of the right size."""
        return self.finish(self.trunk(images))
