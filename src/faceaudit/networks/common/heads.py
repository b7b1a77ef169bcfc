"""Ends of networks that several of them share."""

from __future__ import annotations

from torch import nn


def facex_zoo_head(channels: int, height: int, width: int, embedding: int) -> nn.Sequential:
    """Return FaceX-Zoo's usual end: a map (N, channels, height, width) to an embedding.

    Batch norm, dropout of 0.4, one dense layer over the flattened map, batch norm. The places in
    the sequence are those in its checkpoints: 0, 1, 2, 3, 4.
    """
    return nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.Dropout(0.4),
        nn.Flatten(),
        nn.Linear(channels * height * width, embedding),
        nn.BatchNorm1d(embedding),
    )
