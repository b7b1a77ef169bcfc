"""A face recogniser that never saw our people: insightface's "y1", written out as functions.

MobileFaceNet (Chen et al. 2018, arXiv 1804.07573) trained on MS1M; weights under MXNet's names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
State = Mapping[str, torch.Tensor]


def load(weights: Path) -> State:
    """Return the state of y1 from the folder of weights."""
    return load_file(weights / "mobilefacenet_ms1m_y1.safetensors")


def _unit(x: torch.Tensor, s: State, name: str, *, stride: int = 1, groups: int = 1, act: bool):
    weight = s[f"arg/{name}_conv2d_weight"]
    padding = weight.shape[-1] // 2 if weight.shape[-1] == 3 else 0
    x = F.conv2d(x, weight, stride=stride, padding=padding, groups=groups)
    x = F.batch_norm(
        x,
        s[f"aux/{name}_batchnorm_moving_mean"],
        s[f"aux/{name}_batchnorm_moving_var"],
        s[f"arg/{name}_batchnorm_gamma"],
        s[f"arg/{name}_batchnorm_beta"],
        eps=1e-3,
    )
    return F.prelu(x, s[f"arg/{name}_relu_gamma"]) if act else x


def _bottleneck(x: torch.Tensor, s: State, name: str, groups: int, stride: int = 1):
    x = _unit(x, s, f"{name}_conv_sep", act=True)
    x = _unit(x, s, f"{name}_conv_dw", stride=stride, groups=groups, act=True)
    return _unit(x, s, f"{name}_conv_proj", act=False)


def _forward(x: torch.Tensor, s: State) -> torch.Tensor:
    x = _unit(x, s, "conv_1", stride=2, act=True)
    x = _unit(x, s, "conv_2_dw", groups=64, act=True)
    stages = (("23", 128, "3", 4, 128), ("34", 256, "4", 6, 256), ("45", 512, "5", 2, 256))
    for down, wide, stage, blocks, groups in stages:
        x = _bottleneck(x, s, f"dconv_{down}", wide, stride=2)
        for block in range(blocks):
            x = x + _bottleneck(x, s, f"res_{stage}_block{block}", groups)
    x = _unit(x, s, "conv_6sep", act=True)
    x = _unit(x, s, "conv_6dw7_7", groups=512, act=False)
    x = F.linear(x.flatten(1), s["arg/fc1_weight"]) + s["arg/pre_fc1_bias"]
    mean, var = s["aux/fc1_moving_mean"], s["aux/fc1_moving_var"]
    return F.batch_norm(x, mean, var, None, s["arg/fc1_beta"], eps=2e-5)


@torch.inference_mode()
def embed(images: np.ndarray, state: State) -> np.ndarray:
    """Return unit embeddings (N, 128) of aligned RGB photos (N, 112, 112, 3) uint8."""
    found = []
    for start in range(0, len(images), 64):
        x = torch.from_numpy(images[start : start + 64].copy()).permute(0, 3, 1, 2)
        x = ((x.float() - 127.5) / 128).contiguous(memory_format=torch.channels_last)
        found.append(F.normalize(_forward(x, state)).numpy())
    return np.concatenate(found)


def align(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return `image` brought to the 112 x 112 ArcFace template by its landmarks (5, 2).

    The least-squares similarity (Umeyama 1991), solved here as four linear unknowns.
    """
    x, y = points.astype(np.float64).T
    one, zero = np.ones(5), np.zeros(5)
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, dx, dy = np.linalg.lstsq(rows, TEMPLATE.T.ravel(), rcond=None)[0]
    return cv2.warpAffine(image, np.array([[a, -b, dx], [b, a, dy]]), (112, 112))


class Finder:
    """YuNet (Wu et al. 2023), shown each photo with a margin as a camera would give.

    Args:
        weights: folder of weights.
        margin: pixels of border on every side.
    """

    def __init__(self, weights: Path, margin: int = 0) -> None:
        path = str(weights / "yunet_n_dynamic.onnx")
        self._margin = margin
        self._net = cv2.FaceDetectorYN.create(path, "", (112, 112), 0.6, 0.3, 50)

    def __call__(self, image: np.ndarray) -> np.ndarray | None:
        """Return the landmarks (5, 2) of the most certain face of an RGB photo, or None."""
        m = self._margin
        wide = cv2.copyMakeBorder(image, m, m, m, m, cv2.BORDER_REPLICATE)
        self._net.setInputSize(wide.shape[1::-1])
        faces = self._net.detect(np.ascontiguousarray(wide[..., ::-1]))[1]
        if faces is None:
            return None
        best = faces[np.argmax(faces[:, -1])]
        return best[4:14].reshape(5, 2) - m
