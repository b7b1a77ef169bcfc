"""The environment of an audit: machine, versions, commit."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")

PACKAGES = ("faceaudit", "torch", "numpy", "scipy", "opencv-python-headless", "pillow")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that figures depend on."""
    return {
        "python": platform.python_version(),
        **{name: _version_of(name) for name in PACKAGES},
    }


@cache
def _version_of(package: str) -> str:
    """Return a package's version, read once in a process: that parses a file."""
    return metadata.version(package)


def describe_machine(device: str) -> dict[str, object]:
    """Return the machine: processor, cores, memory, system, and the device that trained.

    Args:
        device: as PyTorch spells it.
    """
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    name = "cpu" if device == "cpu" else torch.cuda.get_device_name(device)
    return {
        "processor": _read_processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory_gb": round(pages * page / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "device": name,
    }


def commit() -> str | None:
    """Return the commit of the checkout that faceaudit runs from; None when it is installed."""
    here = Path(__file__).resolve().parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _read_processor() -> str:
    """Return the processor's name; `platform.processor()` is empty on most Linux machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
