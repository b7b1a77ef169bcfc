"""A body taken from timm, under layers of our own."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from faceaudit.networks.common.split_network import SplitNetwork


class TimmFace(SplitNetwork):
    """timm's features, then a layer from their map to the embedding.

    Args:
        body: a module of timm; its `forward_features` gives the last map.
        output_layer: from that map to (N, embedding). Called as in FaceX-Zoo; `head` in a
            checkpoint is the layer over the people it was trained on.
    """

    def __init__(self, body: nn.Module, output_layer: nn.Module) -> None:
        super().__init__()
        # timm's modules have methods that nn.Module does not declare.
        self.body: Any = body
        self.output_layer = output_layer

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.body.forward_features(images)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.output_layer(maps)
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.output_layer,)
