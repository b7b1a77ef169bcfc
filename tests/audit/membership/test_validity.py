"""A backbone that tells nobody apart is found before its figures are read."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.membership.validity import FLAT, flat_distances


@pytest.mark.parametrize(("width", "flat"), [(0.9 * FLAT, True), (1.1 * FLAT, False)])
def test_cosines_that_fill_two_steps_are_told_apart(width: float, flat: bool) -> None:
    cosines = 0.7 + width * np.linspace(-0.01, 1.01, 10_001)
    found = flat_distances("mine", cosines.astype(np.float32))
    assert (found is not None) == flat
    if found is not None:
        assert found.passed is False
        assert "from 0.700 to 0.718 by mine: it tells nobody apart" in found.message


def test_single_pairs_far_off_do_not_count() -> None:
    """One in a hundred at either end may be a photo that shows no face."""
    cosines = np.full(1000, 0.99, dtype=np.float32)
    cosines[:5], cosines[5:10] = -1, 1
    assert flat_distances("mine", cosines) is not None
