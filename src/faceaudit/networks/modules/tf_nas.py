"""Layers of TF-NAS-A, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.split_network import SplitNetwork


class _Row(NamedTuple):
    """One inverted bottleneck; `reduced` 0 is one without squeeze and excitation."""

    hidden: int
    reduced: int
    out: int
    kernel: int = 3
    stride: int = 1


# What the search found is odd numbers; they cannot be derived.
_SECOND = _Row(32, 8, 16)
_STAGES = (
    (_Row(83, 32, 24, stride=2), _Row(128, 0, 24, kernel=5)),
    (_Row(138, 48, 40, stride=2), _Row(297, 0, 40), _Row(170, 80, 40, kernel=5)),
    (
        _Row(248, 80, 80, kernel=5, stride=2),
        _Row(500, 0, 80),
        _Row(424, 0, 80),
        _Row(477, 0, 80),
    ),
    (_Row(504, 160, 112), _Row(796, 0, 112), _Row(723, 224, 112), _Row(555, 224, 112)),
    (
        _Row(813, 0, 192, stride=2),
        _Row(1370, 0, 192),
        _Row(1138, 384, 192),
        _Row(1359, 384, 192),
    ),
    (_Row(1203, 384, 320, kernel=5),),
)
_STEM, _LAST = 32, 1280


class TFNASModule(SplitNetwork):
    """FaceX-Zoo's TF-NAS-A.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        stem, last = channels(_STEM), channels(_LAST)
        self.first_stem = _convolution(3, stem, 3, act=nn.ReLU)
        self.second_stem = _Inverted(stem, _scaled(_SECOND, channels), nn.ReLU)
        given = channels(_SECOND.out)
        for number, rows in enumerate(_STAGES, 1):
            scaled = [_scaled(row, channels) for row in rows]
            self.add_module(
                f"stage{number}", _build_stage(given, scaled, nn.ReLU if number == 1 else nn.SiLU)
            )
            given = scaled[-1].out
        self.feature_mix_layer = _convolution(given, last, 1)
        self.output_layer = nn.Sequential(
            nn.Dropout(0.2),
            nn.Flatten(),
            nn.Linear(last * last_map[0] * last_map[1], embedding),
            nn.BatchNorm1d(embedding),
        )

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x: Tensor = self.second_stem(self.first_stem(images))
        for number in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"stage{number}")(x)
        return x

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.feature_mix_layer(maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.feature_mix_layer, self.output_layer)


class _Inverted(nn.Module):
    """Widen, convolve each channel by itself, squeeze and excite, narrow; add the input."""

    def __init__(self, given: int, row: _Row, act: type[nn.Module]) -> None:
        super().__init__()
        self.inverted_bottleneck = (
            _convolution(given, row.hidden, 1, act=act) if row.hidden > given else None
        )
        # A stage scaled down to the least width may have nothing left to widen to.
        hidden = max(given, row.hidden)
        self.depth_conv = _convolution(
            hidden, hidden, row.kernel, stride=row.stride, groups=hidden, act=act
        )
        self.squeeze_excite = _build_squeeze(hidden, row.reduced, act) if row.reduced else None
        self.point_linear = _convolution(hidden, row.out, 1)
        self.residual = row.stride == 1 and given == row.out

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.inverted_bottleneck is None else self.inverted_bottleneck(x)
        wide = self.depth_conv(wide)
        if self.squeeze_excite is not None:
            wide = wide * self.squeeze_excite(functional.adaptive_avg_pool2d(wide, 1)).sigmoid()
        out: Tensor = self.point_linear(wide)
        return out + x if self.residual else out


def _scaled(row: _Row, scale: Callable[[int], int]) -> _Row:
    return row._replace(
        hidden=scale(row.hidden),
        reduced=scale(row.reduced) if row.reduced else 0,
        out=scale(row.out),
    )


def _build_stage(given: int, rows: Sequence[_Row], act: type[nn.Module]) -> nn.Sequential:
    blocks = nn.Sequential()
    for row in rows:
        blocks.append(_Inverted(given, row, act))
        given = row.out
    return blocks


def _convolution(
    given: int,
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    act: type[nn.Module] | None = None,
) -> nn.Sequential:
    """Return a convolution with batch norm, and an activation if there is one."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(
            given, channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        ),
        bn=nn.BatchNorm2d(channels),
    )
    if act is not None:
        layers["act"] = act()
    return nn.Sequential(layers)


def _build_squeeze(channels: int, reduced: int, act: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            conv_reduce=nn.Conv2d(channels, reduced, 1),
            act=act(),
            conv_expand=nn.Conv2d(reduced, channels, 1),
        )
    )
