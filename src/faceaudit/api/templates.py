"""Templates that are given to a call: checked, and brought to length 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import shown
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import FloatArray


def check_templates(given: npt.ArrayLike, what: str, length: int) -> FloatArray:
    """Return (N, E) templates of length 1.

    Args:
        given: the templates.
        what: they are called in an error.
        length: E.

    Raises:
        InputError: they are none, of another length, or not finite.
    """
    found = np.asarray(given)
    if found.ndim != 2 or not len(found) or found.dtype.kind not in "fiu":
        raise InputError(f"expected {what} templates (N, {length}), got {shown(found)}")
    if found.shape[1] != length:
        raise InputError(
            f"expected {what} templates of the same network, (N, {length}), got {found.shape}"
        )
    if not np.isfinite(found).all():
        raise InputError(f"expected {what} templates of finite numbers, got others among them")
    return normalized(found.astype(np.float32))
