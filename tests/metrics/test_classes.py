"""The macro AUC and the balanced accuracy, against scikit-learn, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from faceaudit.errors import InputError
from faceaudit.metrics import membership_auc
from faceaudit.metrics.classes import above, balanced_share, macro_auc


def drawn(seed: int, values: int = 3, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    value = np.concatenate([np.arange(values), rng.integers(0, values, count - values)])
    scores = rng.normal(size=(count, values)) + 0.8 * np.eye(values)[value]
    return scores, value, np.arange(count)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_the_mean_of_one_against_the_rest(seed: int) -> None:
    scores, value, people = drawn(seed)
    each = [roc_auc_score(value == one, scores[:, one]) for one in range(3)]
    assert macro_auc(scores, value, people).value == pytest.approx(np.mean(each), abs=1e-12)


def test_equal_scores_count_half() -> None:
    scores, value = np.round(drawn(1)[0]), drawn(1)[1]
    pairs = [(a > b) + (a == b) / 2 for a in scores[value == 0, 0] for b in scores[value != 0, 0]]
    other = [roc_auc_score(value == one, scores[:, one]) for one in (1, 2)]
    assert macro_auc(scores, value, np.arange(60)).value == pytest.approx(
        np.mean([np.mean(pairs), *other])
    )


def test_of_two_mirrored_values_it_is_the_usual_area_with_about_its_interval() -> None:
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(50), 3)
    value = people % 2
    score = value + rng.normal(0, 1.2, 50)[people] + rng.normal(0, 0.3, 150)
    found = macro_auc(np.column_stack([-score, score]), value, people)
    usual = membership_auc(score, value == 1, people)
    assert found.value == pytest.approx(usual.value, abs=1e-12)
    assert found.low == pytest.approx(usual.low, abs=0.02)
    assert found.high == pytest.approx(usual.high, abs=0.02)


def test_copies_of_a_photo_do_not_narrow_intervals() -> None:
    scores, value, people = drawn(4)
    rows = np.repeat(np.arange(60), 5)
    for once, often in (
        (macro_auc(scores, value, people), macro_auc(scores[rows], value[rows], people[rows])),
        (
            balanced_share(scores.argmax(axis=1), value, people),
            balanced_share(scores[rows].argmax(axis=1), value[rows], people[rows]),
        ),
    ):
        assert (often.value, often.low, often.high) == pytest.approx(
            (once.value, once.low, once.high), abs=1e-9
        )
        assert often.n == 5 * once.n


def test_the_share_is_scikit_learns_balanced_accuracy() -> None:
    scores, value, people = drawn(5, values=4, count=90)
    answer = scores.argmax(axis=1)
    found = balanced_share(answer, value, people)
    assert found.value == pytest.approx(balanced_accuracy_score(value, answer), abs=1e-12)


def test_always_naming_the_most_frequent_value_is_no_better_than_guessing() -> None:
    value = np.array([0] * 18 + [1] * 2)
    found = balanced_share(np.zeros(20, dtype=np.int64), value, np.arange(20))
    assert found.value == 0.5
    assert found.low < 0.5 < found.high
    assert above(found, 0.5).value == 0


def test_all_right_of_few_people_is_not_certain() -> None:
    value, people = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    found = balanced_share(value, value, people)
    area = macro_auc(np.eye(2)[value], value, people)
    assert found.value == area.value == 1.0
    assert found.low < 0.5
    assert area.low < 0.5


@pytest.mark.parametrize("measure", ["auc", "share"])
def test_intervals_cover_guessing_about_as_often_as_they_say(measure: str) -> None:
    """Each person has three photos that go alike: intervals over photos would cover half."""
    rng = np.random.default_rng(6)
    missed = 0
    for _ in range(300):
        people = np.repeat(np.arange(60), 3)
        value = rng.integers(0, 2, 60)[people]
        if value.min() == value.max():
            continue
        score = rng.normal(size=60)[people] + rng.normal(0, 0.1, 180)
        if measure == "auc":
            found = macro_auc(np.column_stack([-score, score]), value, people)
        else:
            found = balanced_share((score > 0).astype(np.int64), value, people)
        missed += not found.low <= 0.5 <= found.high
    assert 3 <= missed <= 30


def test_values_that_nobody_has_are_refused() -> None:
    with pytest.raises(InputError, match="values that nobody has"):
        macro_auc(np.zeros((3, 3)), np.array([0, 1, 1]), np.arange(3))
    with pytest.raises(InputError, match="values that nobody has"):
        balanced_share(np.zeros(2, dtype=np.int64), np.array([0, 0]), np.arange(2))
    with pytest.raises(InputError, match="as many values and people"):
        macro_auc(np.zeros((3, 2)), np.array([0, 1]), np.arange(3))
