from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.metrics import confusion, wilson

pairs = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=30)


@settings(deadline=None)
@given(pairs)
def test_agrees_with_sklearn(found: list[tuple[bool, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    same, score = np.array([one for one, _ in found]), np.array([one for _, one in found])
    ours = confusion(same, score, 2)
    accepted = score >= 2
    matrix = metrics.confusion_matrix(same, accepted, labels=[False, True]).ravel()
    assert [ours.tn, ours.fp, ours.fn, ours.tp] == matrix.tolist()
    assert ours.accuracy.value == metrics.accuracy_score(same, accepted)
    for name, defined, score_of in (
        ("precision", accepted.any(), metrics.precision_score),
        ("recall", same.any(), metrics.recall_score),
        ("f1", (accepted | same).any(), metrics.f1_score),
    ):
        estimate = getattr(ours, name)
        assert (estimate is not None) == defined
        assert (name in ours.why) != defined
        if defined:
            assert estimate.value == pytest.approx(score_of(same, accepted))
    assert (ours.specificity is None) == same.all()


def test_intervals_and_counts() -> None:
    found = confusion([True] * 8 + [False] * 12, [0.9] * 6 + [0.1] * 2 + [0.9] + [0.1] * 11, 0.5)
    assert (found.precision, found.recall) == (wilson(6, 7), wilson(6, 8))
    assert (found.specificity, found.accuracy) == (wilson(11, 12), wilson(17, 20))
    assert (found.f1.n, found.f1.value) == (9, 12 / 15)
    assert not found.why


def test_f1_interval_covers() -> None:
    rng = np.random.default_rng(0)
    cells = np.array([0.3, 0.1, 0.5, 0.1])  # TP, FP, TN, FN
    truth, hits = 2 * 0.3 / (2 * 0.3 + 0.2), []
    for tp, fp, tn, fn in rng.multinomial(120, cells, size=1000):
        same = np.repeat([True, False, False, True], [tp, fp, tn, fn])
        score = np.repeat([1.0, 1.0, 0.0, 0.0], [tp, fp, tn, fn])
        f1 = confusion(same, score, 0.5).f1
        hits.append(f1.low <= truth <= f1.high)
    assert 0.93 < np.mean(hits) < 0.97


def test_refuses() -> None:
    for same, score in (([], []), ([True], [np.nan]), ([True, False], [0.1]), ([1], [0.1])):
        with pytest.raises(InputError, match="expected"):
            confusion(same, score, 0.5)
    with pytest.raises(InputError, match="a threshold"):
        confusion([True], [0.1], float("nan"))
