"""Memory that is freed and asked for again at every step of a training."""

from __future__ import annotations

import ctypes
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names of the two thresholds in glibc's malloc.h."""
LARGEST = 1 << 30
KEPT = (1 << 31) - 1


@cache
def keep_freed_memory() -> bool:
    """Have the C library keep what this process frees, for the next step to take; once is enough.

    By default glibc hands large blocks back to the kernel, which fills them with zeros, page by
    page, when they are asked for again. No figure depends on it. To be called by programs of our
    own only, before torch is loaded: it holds for the whole process.

    Returns:
        Whether it was done: only glibc has these settings.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST)) and bool(mallopt(M_TRIM_THRESHOLD, KEPT))
