"""Last layers that several networks share."""

from __future__ import annotations

from torch import nn


def facex_zoo_head(
    channels: int, last_map: tuple[int, int], embedding: int, *, dropout: float = 0.4
) -> nn.Sequential:
    """Return FaceX-Zoo's usual end: a map (N, channels, height, width) to an embedding.

    Batch norm, dropout, one dense layer over the flattened map, batch norm. The positions in the
    sequence are those in its checkpoints: 0, 1, 2, 3, 4.
    """
    return nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.Dropout(dropout),
        nn.Flatten(),
        nn.Linear(channels * last_map[0] * last_map[1], embedding),
        nn.BatchNorm1d(embedding),
    )
