"""The device to compute on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from faceaudit.deferred import deferred
from faceaudit.errors import InputError

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")

DeviceChoice = Literal["auto", "cpu", "cuda"]
"""The devices that a plan can name."""


def choose_device(choice: str | torch.device = "auto") -> torch.device:
    """Return a torch device; "auto" is a CUDA GPU where there is one, else the CPU.

    Args:
        choice: "auto", "cpu", "cuda", one of several GPUs as "cuda:1", or a torch device.

    Raises:
        InputError: it is none of these, or CUDA was asked for where there is none.
    """
    name = choice if isinstance(choice, str) else ""
    if isinstance(choice, torch.device):
        name = "cpu" if choice.type == "cpu" else str(choice)
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", name):
        raise InputError(f"expected a device (auto, cpu, cuda), got {choice!r:.80}; try 'auto'")
    if name == "cpu":
        return torch.device("cpu")
    cuda = torch.cuda.is_available()
    if name == "auto":
        return torch.device("cuda" if cuda else "cpu")
    if not cuda:
        raise InputError("expected a CUDA device, got none; try `device: auto`")
    _, _, index = name.partition(":")
    if index and int(index) >= torch.cuda.device_count():
        raise InputError(
            f"expected one of {torch.cuda.device_count()} CUDA devices, counted from 0, got "
            f"{name!r}; try 'cuda'"
        )
    return torch.device(name)
