"""Error rates with the comparisons that could not be made: how far either moves the other."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.protocols.acquisition import generalised
from faceaudit.types import Estimate


def exact(value: float) -> Estimate:
    return Estimate(value, value, value, 100, "a")


def of(rate: float, failed: float, *, rejects: bool) -> float:
    """Return the share of all comparisons that is wrongly rejected, or wrongly accepted."""
    return failed + (1 - failed) * rate if rejects else (1 - failed) * rate


@pytest.mark.parametrize("rejects", [True, False])
def test_what_is_known_exactly_moves_no_end(rejects: bool) -> None:
    """Then the ends are those of the other one, put into the definition."""
    rate, failed = Estimate(0.2, 0.1, 0.4, 90, "a"), Estimate(0.1, 0.05, 0.3, 100, "b")
    found = generalised(rate, exact(0.1), rejects=rejects)
    ends = [of(one, 0.1, rejects=rejects) for one in (0.2, 0.1, 0.4)]
    assert [found.value, found.low, found.high] == pytest.approx(ends)
    found = generalised(exact(0.2), failed, rejects=rejects)
    ends = [of(0.2, one, rejects=rejects) for one in (0.1, 0.05, 0.3)]
    assert found.value == pytest.approx(ends[0])
    assert [found.low, found.high] == pytest.approx(sorted(ends[1:]))


@pytest.mark.parametrize("rejects", [True, False])
def test_both_together_are_as_wide_as_draws_of_both(rejects: bool) -> None:
    rng = np.random.default_rng(0)
    rate, failed = rng.normal(0.3, 0.02, 200_000), rng.normal(0.2, 0.03, 200_000)
    both = [Estimate(m, m - 1.96 * s, m + 1.96 * s, 9, "a") for m, s in ((0.3, 0.02), (0.2, 0.03))]
    found = generalised(*both, rejects=rejects)
    drawn = np.array([of(rate, failed, rejects=rejects)])
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.002)
