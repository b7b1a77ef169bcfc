"""Networks, weights and trainings are listed and planned without the libraries that run them."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("torch", "torchvision", "timm", "onnx", "onnxruntime", "h5py", "httpx", "PIL")
LISTED = "from faceaudit.networks import networks; networks.names()"


@pytest.mark.parametrize(
    "code",
    [
        LISTED,
        "import faceaudit.training",
        "import faceaudit.weights; faceaudit.weights.known_weights()",
        f"{LISTED}; from faceaudit.networks.describe import describe\n"
        "for name in networks.names():\n"
        "    if name != 'onnx': describe(networks.build(name))",
    ],
    ids=["networks", "training", "weights", "described"],
)
def test_libraries_that_are_slow_are_not_loaded_before_they_are_needed(code: str) -> None:
    """PyTorch and timm take seconds, and every command asks for networks by name."""
    code = f"{code}\nimport sys; print(sorted({set(SLOW)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
