"""Embedding speed: our embedder beside eager PyTorch and ONNX Runtime, on the same network."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch._inductor.config

from faceaudit.networks import networks
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.systems.embedding.embedder import Embedder

Line = tuple[str, str, float | None, float, str]
COUNT = 64


def embedding(
    compare: Callable[[int, Callable[[], object], Callable[[], object]], tuple[float, float]],
) -> list[Line]:
    """Embed 64 photos of 112 x 112 with MobileFaceNet y1; ours starts from uint8 photos.

    The peers get prepared floats, so our figure carries the preparation and theirs do not. The
    weights are drawn by chance, which changes nothing about the speed.
    """
    torch.manual_seed(0)
    network = networks.build("mobilefacenet_y1")
    module = network.build().eval()
    photos = np.random.default_rng(0).integers(0, 256, (COUNT, 112, 112, 3), dtype=np.uint8)
    embedder = Embedder.of(network, module.state_dict())
    with torch.inference_mode():
        prepared = module.prepare(torch.from_numpy(photos)).contiguous()
        wanted = module(prepared).numpy()
    peers = {
        "eager PyTorch, NCHW, batch 64": partial(_eager, module, prepared),
        "eager PyTorch, channels last, batch 64": partial(
            _eager,
            network_copy(network.build(), module),
            prepared.contiguous(memory_format=torch.channels_last),
        ),
        **_onnx_runtime(module, prepared),
        "frozen PyTorch, batch 64": partial(_run_frozen, _frozen(module, prepared), prepared),
        **_compiled(network_copy(network.build(), module), prepared),
    }
    rows = []
    for name, peer in peers.items():
        for found in (peer(), embedder.embed(photos)):
            assert np.abs(np.asarray(found) - wanted).max() < 1e-4 * np.abs(wanted).max(), name
        theirs, ours = compare(COUNT, peer, partial(embedder.embed, photos))
        rows.append(("embed, MobileFaceNet y1", name, theirs, ours, "img/s"))
    return rows


def network_copy(network: FaceNetwork, module: FaceNetwork) -> FaceNetwork:
    """Return the network with the module's weights, channels last."""
    network.load_state_dict(module.state_dict())
    return network.eval().to(memory_format=torch.channels_last)


@torch.inference_mode()
def _eager(module: FaceNetwork, prepared: torch.Tensor) -> np.ndarray:
    return module(prepared).numpy()


def _frozen(module: FaceNetwork, prepared: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    with torch.no_grad():
        traced = torch.jit.trace(module, prepared, check_trace=False)
        return torch.jit.optimize_for_inference(torch.jit.freeze(traced))


@torch.no_grad()
def _run_frozen(
    frozen: Callable[[torch.Tensor], torch.Tensor], prepared: torch.Tensor
) -> np.ndarray:
    return frozen(prepared).numpy()


def _compiled(module: FaceNetwork, prepared: torch.Tensor) -> dict[str, Callable[[], np.ndarray]]:
    """Return the compiled network, in batches of 64 and of 16; nothing without a compiler."""
    if shutil.which("g++") is None:
        return {}
    found = {}
    for batch in (COUNT, 16):
        start = time.perf_counter()
        with torch._inductor.config.patch(freezing=True), torch.no_grad():
            compiled = torch.compile(module)
            compiled(prepared[:batch])
            seconds = time.perf_counter() - start
            name = f"TorchInductor, frozen, batch {batch}; {seconds:.0f} s to compile"
            found[name] = partial(_run_compiled, compiled, prepared, batch)
    return found


@torch.no_grad()
def _run_compiled(
    compiled: Callable[[torch.Tensor], torch.Tensor], prepared: torch.Tensor, batch: int
) -> np.ndarray:
    with torch._inductor.config.patch(freezing=True):
        parts = [compiled(prepared[at : at + batch]) for at in range(0, len(prepared), batch)]
    return torch.cat(parts).numpy()


def _onnx_runtime(
    module: FaceNetwork, prepared: torch.Tensor
) -> dict[str, Callable[[], np.ndarray]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.log_severity_level = 3
    found = {}
    for batch in (COUNT, 16):
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = str(Path(folder) / "y1.onnx")
            torch.onnx.export(
                module, (prepared[:batch],), path, dynamo=True, verbose=False, external_data=False
            )
            session = onnxruntime.InferenceSession(path, options)
        found[f"ONNX Runtime, batch {batch}"] = partial(_run, session, prepared.numpy(), batch)
    return found


def _run(session: onnxruntime.InferenceSession, images: np.ndarray, batch: int) -> np.ndarray:
    name = session.get_inputs()[0].name
    parts = [
        session.run(None, {name: images[start : start + batch]})[0]
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts)
