"""Thresholds at which clean photos are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit.backdoor.refusing import refuse, score_photos, set_threshold
from faceaudit.errors import CaseError

PHOTOS = np.zeros((4, 5, 5, 3), dtype=np.uint8)


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=80),
    st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.5, 0.99]),
)
def test_no_more_than_the_share_is_refused_and_no_lower_threshold_does(
    values: list[int], allowed: float
) -> None:
    scores = np.array(values, dtype=np.float32)
    threshold = set_threshold(scores, allowed)
    assert np.mean(scores > threshold) <= allowed + 1e-9
    lower = [value for value in (-1, *values) if value < threshold]
    if lower:
        assert np.mean(scores > max(lower)) > allowed


def test_a_share_is_exact_where_scores_differ() -> None:
    scores = np.random.default_rng(0).permutation(100).astype(np.float32)
    for allowed in (0.01, 0.05, 0.07, 0.29, 0.58):
        assert np.sum(scores > set_threshold(scores, allowed)) == round(allowed * 100)
    assert set_threshold(scores, 0.009) == 99


def test_refused_photos_are_taken_for_nobody() -> None:
    suspicion = np.array([0.1, 0.5, 0.6, np.inf], dtype=np.float32)
    assert refuse(np.array([3, 4, 5, 6]), suspicion, 0.5).tolist() == [3, 4, -1, -1]


def test_a_photo_that_cannot_be_judged_is_suspected_most() -> None:
    found = score_photos(lambda images, _: np.array([1, np.nan, 2, 3]), PHOTOS, None)  # type: ignore[arg-type]
    assert found.tolist() == [1, np.inf, 2, 3]
    with pytest.raises(CaseError, match=r"suspicion of 4 photos, got \(3,\)"):
        score_photos(lambda images, _: np.zeros(3, dtype=np.float32), PHOTOS, None)
