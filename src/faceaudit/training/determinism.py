"""The same seed gives the same bits, and nobody else's random state or settings change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(text: str, device: torch.device | None = None) -> Iterator[None]:
    """Draw from a seed that a text spells; torch's own random state is left as it was.

    Args:
        text: what is drawn, and the user's seed.
        device: a GPU that is drawn on too.
    """
    cuda = [device] if device is not None and device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        derived = hashlib.sha256(text.encode()).digest()[:8]
        torch.manual_seed(int.from_bytes(derived, "big") >> 1)
        yield


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Ask torch for deterministic kernels on the CPU, and put its settings back afterwards.

    Nothing here reads memory that nobody wrote, so torch need not fill all of it first.
    """
    before = torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(before or device.type == "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
