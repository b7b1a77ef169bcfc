"""A random order that depends on nothing but names and a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def seeded_order(names: Iterable[str], seed: int) -> npt.NDArray[np.uint64]:
    """Return (N,) numbers to sort N names by; a name's number does not depend on the others."""
    key = seed.to_bytes(16, "big", signed=True)
    digests = b"".join(
        hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
        for name in names
    )
    return np.frombuffer(digests, dtype=np.uint64)
