"""Locally connected layers: convolutions with kernels of their own at every position."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from faceaudit.errors import OptionError


class LocallyConnected2d(nn.Module):
    """A locally connected layer (Taigman et al. 2014, CVPR): no padding, square kernels.

    Weights and biases are held the way Keras' `LocallyConnected2D` holds them, by position:
    `weight` (out_height, out_width, kernel * kernel * in_channels, out_channels), a patch read row
    by row with its channels innermost, and `bias` (out_height, out_width, out_channels). Weights
    are drawn as He et al. 2015 (arXiv 1502.01852) do, biases start at zero.

    Args:
        in_channels, out_channels: as in a convolution.
        size: height and width of the maps that come in; the weights belong to positions, so no
            other size fits.
        kernel: edge of a patch.
        stride: step between patches.

    Raises:
        OptionError: the kernel is larger than the map.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        size: tuple[int, int],
        kernel: int,
        stride: int = 1,
    ) -> None:
        super().__init__()
        if min(size) < kernel:
            raise OptionError(
                f"expected maps of at least {kernel} x {kernel} for a kernel of {kernel}, got "
                f"{size[0]} x {size[1]}; try a larger input_size"
            )
        self.kernel = kernel
        self.stride = stride
        self.size = size
        self.out_size = tuple((edge - kernel) // stride + 1 for edge in size)
        patch = kernel * kernel * in_channels
        self.weight = nn.Parameter(torch.empty(*self.out_size, patch, out_channels))
        self.bias = nn.Parameter(torch.empty(*self.out_size, out_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew from torch's current random state."""
        nn.init.normal_(self.weight, std=math.sqrt(2 / self.weight.shape[2]))
        nn.init.zeros_(self.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (N, out_channels, out_height, out_width) of maps (N, in_channels, *size)."""
        maps, weight, bias = (_cast_input(tensor) for tensor in (maps, self.weight, self.bias))
        photos_last = maps.permute(2, 3, 1, 0).contiguous()
        out: Tensor = _Columns.apply(photos_last, weight, self.kernel, self.stride)
        return (out + bias.unsqueeze(-1)).permute(3, 2, 0, 1)

    def extra_repr(self) -> str:
        """Return what `print` shows of the layer."""
        return f"{tuple(self.weight.shape)}, kernel={self.kernel}, stride={self.stride}"


class _Columns(torch.autograd.Function):
    """The sums of products, one column of positions at a time.

    With maps as (height, width, channels, N), the rows of a strip `kernel` wide lie behind one
    another, and so every patch of the column is a plain matrix in that strip, overlapping with the
    next one's. One batched product a column then needs a copy `kernel` times smaller than its
    unfolded patches, and of one column only. Only the input maps are saved for the backward pass.

    Measured on the largest layer of DeepFace (16 channels, 63 x 63, kernel 9), one thread, 64
    photos: about 0.1 s forward, where unfolding into patches takes 6 s, and summing over the
    positions of the kernel 2.7 s.
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, kernel: int, stride: int) -> Tensor:
        """Return (out_height, out_width, out_channels, N)."""
        ctx.save_for_backward(maps, weight)
        ctx.kernel, ctx.stride = kernel, stride
        height, width, _, channels = weight.shape
        out = maps.new_empty(height, width, channels, maps.shape[3])
        for column in range(width):
            patches = _patches(maps, column, kernel, stride)
            out[:, column] = torch.bmm(weight[:, column].transpose(1, 2), patches)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        """Return the gradients of maps and weight."""
        maps, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        maps_gradient = weight_gradient = None
        if ctx.needs_input_grad[0]:
            maps_gradient = _compute_maps_gradient(maps, weight, gradient, ctx.kernel, ctx.stride)
        if ctx.needs_input_grad[1]:
            weight_gradient = torch.empty_like(weight)
            for column in range(weight.shape[1]):
                patches = _patches(maps, column, ctx.kernel, ctx.stride)
                weight_gradient[:, column] = torch.bmm(patches, gradient[:, column].transpose(1, 2))
        return maps_gradient, weight_gradient, None, None


def _cast_input(tensor: Tensor) -> Tensor:
    """Cast a product's input as autocast would, which does not look inside `_Columns`."""
    kind = tensor.device.type
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        return tensor.to(torch.get_autocast_dtype(kind))
    return tensor


def _patches(maps: Tensor, column: int, kernel: int, stride: int) -> Tensor:
    """Return the patches of one column, (out_height, kernel * kernel * channels, N), as a view."""
    start = column * stride
    strip = maps[:, start : start + kernel].contiguous().flatten(1, 2)
    return strip.unfold(0, kernel, stride).permute(0, 3, 1, 2).flatten(1, 2)


def _compute_maps_gradient(
    maps: Tensor, weight: Tensor, gradient: Tensor, kernel: int, stride: int
) -> Tensor:
    """Return the gradient of the maps; rows of patches are added where they came from."""
    height, width = weight.shape[:2]
    total = torch.zeros_like(maps)
    row = weight.shape[2] // kernel
    for column in range(width):
        strip = maps.new_zeros(maps.shape[0], row, maps.shape[3])
        for index in range(kernel):
            kernels = weight[:, column, index * row : (index + 1) * row]
            # No two patches have the same row of the strip as their row `index`.
            rows = strip[index : index + (height - 1) * stride + 1 : stride]
            if stride == 1:  # a third faster, but not compiled for rows that are apart
                torch.baddbmm(rows, kernels, gradient[:, column], out=rows)
            else:
                rows += torch.bmm(kernels, gradient[:, column])
        start = column * stride
        total[:, start : start + kernel] += strip.view(maps.shape[0], kernel, *maps.shape[2:])
    return total
