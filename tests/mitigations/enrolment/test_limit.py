"""Limits that a further score is beyond as seldom as was asked for, by all orders of ranks."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.mitigations.enrolment.common.limit import limit_of, refused_at_least


@pytest.mark.parametrize("count", [1, 5, 19, 20, 49, 50, 99])
@pytest.mark.parametrize("refused", [0.02, 0.05, 0.3])
def test_a_further_score_is_above_as_seldom_as_its_rank_allows(count: int, refused: float) -> None:
    # Of count + 1 scores any is the further one, as likely as another.
    scores = np.random.default_rng(count).normal(size=count + 1)
    above = [scores[one] > limit_of(np.delete(scores, one), refused) for one in range(count + 1)]
    promised = refused_at_least(refused, count)
    assert np.mean(above) <= promised + 1e-12
    assert np.mean(above) > promised - 1 / (count + 1) - 1e-12


def test_ranks_that_are_whole_are_not_missed_by_rounding() -> None:
    scores = np.arange(1.0, 100.0)
    assert [limit_of(scores, one) for one in (0.01, 0.1, 0.3)] == [99, 90, 70]
