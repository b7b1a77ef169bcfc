"""Seeds and deterministic kernels that leave torch's own state as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")


@contextmanager
def seeded(text: str, device: torch.device | None = None) -> Iterator[None]:
    """Seed torch's random numbers within a block; its own random state is left as it was.

    Args:
        text: what is drawn, and the user's seed; the seed is derived from it.
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


@contextmanager
def cpu_threads(count: int | None) -> Iterator[None]:
    """Have torch compute with so many threads within a block; None leaves its number as it is.

    Sums are split over threads, so that another number rounds in other places: a training gives
    the same bits for one number only.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
