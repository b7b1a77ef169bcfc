"""Scores of a system that compares photos, as a function that derivatives flow through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.types import Float64Array, FloatArray


@dataclass(frozen=True, eq=False)
class Part:
    """One network that decides.

    Attributes:
        network: from pixels (N, H, W, 3) of 0 to 255 to embeddings.
        templates: (T, E) enrolled, of length 1.
        scale: mean and spread of strangers' cosines.
        size: height and width that the network takes.
        matrix: (2, 3) from the pixels of pictures to those of the network; None where they are the
            same.
    """

    network: nn.Module
    templates: FloatArray
    scale: tuple[float, float]
    size: tuple[int, int]
    matrix: Float64Array | None


class Flow:
    """Scores of pictures with enrolled people.

    Args:
        parts: the networks.
        change: of pixels before they are embedded.
        least: whether the least of the networks' scores counts, or their mean.
    """

    def __init__(
        self, parts: tuple[Part, ...], change: Callable[[Tensor], Tensor], *, least: bool
    ) -> None:
        self._parts, self._change, self._least = parts, change, least
        self._templates = [torch.from_numpy(np.array(one.templates)) for one in parts]

    def __call__(self, pixels: Tensor) -> Tensor:
        """Return the (N, T) scores of (N, H, W, 3) pixels of 0 to 255 with everybody enrolled."""
        return self._joined(
            [
                embedded @ templates.to(embedded).T
                for embedded, templates in zip(self._embed(pixels), self._templates, strict=True)
            ]
        )

    def paired(self, pixels: Tensor, rows: Tensor) -> Tensor:
        """Return the (N,) scores of pixels, each with the enrolled person of its row."""
        return self._joined(
            [
                (embedded * templates.to(embedded)[rows.to(embedded.device)]).sum(1)
                for embedded, templates in zip(self._embed(pixels), self._templates, strict=True)
            ]
        )

    def _embed(self, pixels: Tensor) -> list[Tensor]:
        found = []
        for part in self._parts:
            shown = pixels if part.matrix is None else moved(pixels, part.matrix, part.size)
            found.append(functional.normalize(part.network(self._change(shown))))
        return found

    def _joined(self, each: list[Tensor]) -> Tensor:
        scores = torch.stack(
            [
                (one - part.scale[0]) / part.scale[1]
                for one, part in zip(each, self._parts, strict=True)
            ]
        )
        return scores.amin(0) if self._least else scores.mean(0)


def moved(pixels: Tensor, matrix: Float64Array, size: tuple[int, int]) -> Tensor:
    """Return (N, H, W, 3) pixels as another crop has them, bilinearly; black beyond the edge.

    Args:
        pixels: (N, h, w, 3).
        matrix: (2, 3) from their places, right and down, to those of the crop.
        size: height and width of the crop.
    """
    height, width = pixels.shape[1:3]
    whole = np.vstack([matrix, [0, 0, 1]])
    back = np.linalg.inv(whole)[:2]
    down, right = np.mgrid[: size[0], : size[1]]
    places = np.stack([right, down, np.ones_like(down)], axis=-1) @ back.T
    # grid_sample counts from -1, the middle of the first pixel, to 1, that of the last one.
    places = places * 2 / np.array([width - 1, height - 1]) - 1
    grid = torch.from_numpy(places).to(pixels).expand(len(pixels), *size, 2)
    maps = functional.grid_sample(pixels.permute(0, 3, 1, 2), grid, align_corners=True)
    return maps.permute(0, 2, 3, 1)
