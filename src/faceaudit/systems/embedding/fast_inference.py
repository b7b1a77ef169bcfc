"""Fast inference of networks on this machine, checked against plain execution."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork
else:
    torch = deferred("torch")

Forward = Callable[["Tensor"], "Tensor"]

BATCH = 16
"""Images at once on a CPU. The activations of few images stay in the cache: MobileFaceNet embeds
1.5 times as many a second in batches of 16 as of 64 (`make bench`)."""

CUDA_BATCH = 256
"""Images at once on a GPU, where many are needed to keep it busy."""

_TOLERANCE = 1e-4


def batch_for(device: torch.device) -> int:
    """Return how many images to run at once."""
    return CUDA_BATCH if device.type == "cuda" else BATCH


def fast_forward(network: FaceNetwork, device: torch.device) -> Forward:
    """Return a function that does what `network` does in evaluation mode, faster.

    On a CPU the network is traced and frozen: batch norms are folded into convolutions and all of
    it runs in oneDNN's blocked layout. That was measured against eager execution (both layouts),
    ONNX Runtime and a compiled network; compiling is faster still in small batches, but takes
    seconds in each process and a C++ compiler. The frozen network has to give the same
    embeddings to 1e-4 on a trial; where it does not, or cannot be traced, the eager one is used. So
    is it where a module of the user's own may go by what is in the photos: a trace keeps the way
    that those of the trial went, and a backdoor may be the other one.

    Args:
        network: left in evaluation mode, on `device`, in channels-last layout.
        device: where to run.
    """
    network.eval().to(device)
    if next(network.parameters(), None) is None:  # a foreign engine does the work
        return network
    if device.type == "cpu":
        frozen = _freeze_network(network)
        if frozen is not None:
            return frozen
    return network.to(memory_format=getattr(network, "memory_format", torch.channels_last))


def _freeze_network(network: FaceNetwork) -> Forward | None:
    height, width = network.input_size
    generator = torch.Generator().manual_seed(0)
    trial = torch.rand((BATCH, 3, height, width), generator=generator) * 2 - 1
    was = [parameter.requires_grad for parameter in network.parameters()]
    network.requires_grad_(requires_grad=False)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # torch.jit is to be replaced some day; until then nothing else freezes without a
            # compiler. Tracers warn of every shape that is checked.
            warnings.simplefilter("ignore")
            if not getattr(network, "branches_by_shape_alone", True):
                tracer = torch.jit.TracerWarning  # type: ignore[attr-defined]
                warnings.simplefilter("error", tracer)
            wanted = network(trial)
            traced = torch.jit.trace(network, trial, check_trace=False)  # type: ignore[no-untyped-call]
            frozen = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
            for _ in range(3):  # it optimises itself while it runs the first times
                off = float((frozen(trial) - wanted).abs().max())
                if not off <= _TOLERANCE * (float(wanted.abs().max()) or 1.0):
                    return None
    except Exception:  # noqa: BLE001 - whatever the tracer cannot do, the eager network can
        return None
    finally:
        for parameter, required in zip(network.parameters(), was, strict=True):
            parameter.requires_grad_(required)

    def forward(images: Tensor) -> Tensor:
        # Always as many images: another number would be optimised anew, and could round otherwise.
        count = len(images)
        whole = images.new_zeros((BATCH, 3, height, width))
        whole[:count] = images
        embedded: Tensor = frozen(whole)[:count]
        return embedded

    return forward
