"""Every network against ONNX Runtime: other kernels, other code, the same numbers."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from contracts.small_networks import NAMES, photos, settled
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_onnx_runtime_gives_the_same(name: str, tmp_path: Path) -> None:
    """Export each network, and load the file as anybody's foreign embedder.

    What is right is said by a run in double precision. Untrained deep networks round so much that
    PyTorch itself is up to 5e-4 off; so much is added to the 1e-4 that is allowed.
    """
    module = settled(name)
    images = photos(module, 5)
    with torch.no_grad():
        prepared = module.prepare(images)
        single = module(prepared).numpy()
        wanted = copy.deepcopy(module).double()(prepared.double()).numpy()
    rounding = np.abs(single - wanted).max()
    assert rounding < 1e-3 * np.abs(wanted).max()
    path = str(tmp_path / "network.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own
        torch.onnx.export(
            module,
            (prepared.contiguous(),),
            path,
            dynamo=True,
            verbose=False,
            external_data=False,
        )
    preparation = module.preprocessing.model_dump(mode="json")
    network = networks.build({"network": "onnx", "path": path, "preprocessing": preparation})
    assert network.size == module.input_size
    embedder = Embedder(network, network.build(), "file")
    found = embedder.embed(images.numpy())
    allowed = 1e-4 * max(1.0, np.abs(wanted).max()) + 4 * rounding
    np.testing.assert_allclose(found, wanted, rtol=0, atol=allowed)
