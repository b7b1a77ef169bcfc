"""What the process of a model may use. This is the one place where that is set.

The limits are far above what sound models need, which the size of the file, the threads and the
photos at a time bound. Exported to ONNX and given 16 photos at a time, DeepID, MobileFaceNet and
IResNet-50 (1, 4 and 174 MB) took at most a fortieth of their seconds and half of their memory.
`FACEAUDIT_LIMIT_FACTOR=10` in the environment gives ten times as much of both, for a
file that is trusted.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from faceaudit.errors import OptionError

FACTOR = "FACEAUDIT_LIMIT_FACTOR"
"""The variable that all limits are multiplied by."""

SECONDS = 5.0
"""CPU seconds of any request, of all threads together."""
MEMORY = 512 << 20
"""Bytes of any request, beside what the libraries take that read the model."""
THREAD = 16 << 20
"""Bytes more for each thread: its stack and what it keeps of what it freed."""

LOAD_SECONDS = 0.5
RUN_SECONDS = 0.2
"""CPU seconds more for each MB of the file: once to load it, and for each photo to run it."""
PIXEL_SECONDS = 0.2
"""CPU seconds more for each photo, whatever the file's size; photos of 112 x 112 pixels."""
LOAD_MEMORY = 10
"""Bytes more for each byte of the file: graphs are kept as read and as optimised."""
PIXEL_MEMORY = 2048
"""Bytes more for each pixel of all photos at a time: 512 channels of floats."""

_PHOTO = 112 * 112

IDLE_SECONDS = 600
"""Seconds that a process may wait for something while nobody stopped it and it uses no CPU."""


@dataclass(frozen=True)
class Limits:
    """What one request may use.

    Attributes:
        seconds: of the CPU, of all threads together.
        memory: bytes, beside what the libraries took before they saw the model.
        used: CPU seconds of requests before this one, which the same limit was for.
    """

    seconds: float
    memory: int
    used: float = 0.0

    @classmethod
    def to_read(cls, size: int, *, unpacked: int = 0, threads: int = 1) -> Limits:
        """Return the limits for reading a file of `size` bytes, or loading the model in it.

        Args:
            size: bytes of the file.
            unpacked: bytes that what is in it may take at once.
            threads: of the library that reads it.
        """
        return cls(
            SECONDS + LOAD_SECONDS * size / 1e6,
            MEMORY + LOAD_MEMORY * size + unpacked + THREAD * threads,
        ).scaled()

    @classmethod
    def to_run(cls, size: int, photos: int, pixels: int, *, threads: int = 1) -> Limits:
        """Return the limits for running a model on some photos.

        Args:
            size: bytes of the file that it is in.
            photos: how many at a time.
            pixels: of each.
            threads: that it runs on.
        """
        one = (PIXEL_SECONDS + RUN_SECONDS * size / 1e6) * max(1.0, pixels / _PHOTO)
        return cls(
            SECONDS + photos * one,
            MEMORY + LOAD_MEMORY * size + PIXEL_MEMORY * photos * pixels + THREAD * threads,
        ).scaled()

    def less(self, seconds: float) -> Limits:
        """Return the limits of which so many CPU seconds are used up."""
        return Limits(max(0.0, self.seconds - seconds), self.memory, seconds)

    def scaled(self) -> Limits:
        """Return the limits times the factor in the environment.

        Raises:
            OptionError: the factor is no number above 0.
        """
        factor = _factor()
        return Limits(self.seconds * factor, int(self.memory * factor))


def _factor() -> float:
    text = os.environ.get(FACTOR, "1")
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0 < factor < 1e6:
        raise OptionError(
            f"expected {FACTOR} to be a number above 0, got {text[:40]!r}; "
            f"try {FACTOR}=10, or unset it"
        )
    return factor
