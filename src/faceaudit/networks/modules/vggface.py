"""Layers of VGG-Face."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.split_network import SplitNetwork

# Pixels go in unscaled, as the known weights want it; so the initial weights of the first layer are
# divided by about the standard deviation of a photo's pixels, or a network trained here starts with
# huge logits.
PIXEL_SPREAD = 64.0


class VGGFaceModule(SplitNetwork):
    """Configuration D of Simonyan and Zisserman 2014.

    Args:
        blocks: of each block the channels and the number of convolutions.
        last_map: height and width of the input of fc6.
        dense: outputs of fc6.
        embedding: length of an embedding.
    """

    def __init__(
        self,
        blocks: Sequence[tuple[int, int]],
        last_map: tuple[int, int],
        dense: int,
        embedding: int,
    ) -> None:
        super().__init__()
        self.counts = tuple(count for _, count in blocks)
        before = 3
        for block, (after, count) in enumerate(blocks, start=1):
            for number in range(1, count + 1):
                self.add_module(f"conv{block}_{number}", nn.Conv2d(before, after, 3, padding=1))
                before = after
        self.fc6 = nn.Linear(before * last_map[0] * last_map[1], dense)
        self.fc7 = nn.Linear(dense, embedding)
        for module in self.children():
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")  # type: ignore[arg-type]
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        self.conv1_1.weight.data.div_(PIXEL_SPREAD)  # type: ignore[operator, union-attr]

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = images
        for block, count in enumerate(self.counts, start=1):
            for number in range(1, count + 1):
                x = self.get_submodule(f"conv{block}_{number}")(x)
                if number == count:  # the largest first: a quarter is left to rectify
                    x = functional.max_pool2d(x, 2)
                x = functional.relu(x)
        return functional.dropout(functional.relu(self.fc6(x.flatten(1))), 0.5, self.training)

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        return functional.dropout(functional.relu(self.fc7(maps)), 0.5, self.training)

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.fc7,)
