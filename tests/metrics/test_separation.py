"""d-prime and its difference, against formulas written out and samples drawn anew."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.metrics.separation import separation, separation_difference


def drawn(seed: int, people: int = 60, shared: float = 0.0):
    """Return two scorings of as many genuine as impostor pairs; a person's pairs go alike."""
    rng = np.random.default_rng(seed)
    own = np.arange(people)
    who = np.concatenate([np.column_stack([own, own]), np.column_stack([own, (own + 1) % people])])
    same = np.arange(2 * people) < people
    person = shared * rng.normal(size=people)
    hard = rng.normal(size=2 * people) + person[who].mean(axis=1)
    first = 2.0 * same + hard + 0.3 * rng.normal(size=2 * people)
    second = 2.0 * same + hard + 0.3 * rng.normal(size=2 * people)
    return first, second, same, who


def plain(scores: np.ndarray, same: np.ndarray) -> float:
    genuine, impostor = scores[same], scores[~same]
    return (genuine.mean() - impostor.mean()) / np.sqrt((genuine.var() + impostor.var()) / 2)


def test_the_value_is_the_formula():
    first, second, same, people = drawn(0)
    assert separation(first, same, people).value == pytest.approx(plain(first, same))
    assert separation(3 * first - 7, same, people).value == pytest.approx(plain(first, same))
    apart = separation_difference(first, second, same, people)
    assert apart.value == pytest.approx(plain(first, same) - plain(second, same))
    assert apart.n == 60


def test_the_width_is_that_of_samples_of_pairs_drawn_anew():
    """With nobody in two pairs the bootstrap of each kind is the oracle."""
    first, second, same, _ = drawn(1, people=400)
    people = np.column_stack([np.arange(800), np.arange(800)])
    rng = np.random.default_rng(2)
    values, differences = [], []
    for _ in range(2000):
        rows = np.concatenate([rng.integers(400, size=400), 400 + rng.integers(400, size=400)])
        values.append(plain(first[rows], same))
        differences.append(values[-1] - plain(second[rows], same))
    for found, drawn_anew in (
        (separation(first, same, people), values),
        (separation_difference(first, second, same, people), differences),
    ):
        assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(drawn_anew), rel=0.1)


@pytest.mark.parametrize("shared", [0.0, 1.5])
def test_intervals_hold_the_truth_as_often_as_they_say(shared):
    """Of two scorings made alike neither is better: the truth of the difference is 0."""
    held, reach = 0, []
    for seed in range(600):
        found = separation_difference(*drawn(seed, shared=shared))
        held += found.low <= 0 <= found.high
        reach.append(found.high - found.low)
    assert 0.92 <= held / 600 <= 0.985
    alone = [
        one.high - one.low
        for one in (separation(drawn(seed)[0], *drawn(seed)[2:]) for seed in range(50))
    ]
    assert np.median(reach) < np.median(alone)  # taken pair by pair, it is narrower


def test_people_who_are_in_several_pairs_widen_it():
    first, _, same, people = drawn(3)
    rows = np.repeat(np.arange(120), 3)
    again = separation(first[rows], same[rows], people[rows])
    once = separation(first, same, people)
    assert again.value == pytest.approx(once.value)
    assert again.high - again.low == pytest.approx(once.high - once.low, rel=0.05)


def test_another_level_is_wider():
    first, second, same, people = drawn(4)
    usual = separation_difference(first, second, same, people)
    wide = separation_difference(first, second, same, people, level=0.998)
    assert wide.low < usual.low < usual.high < wide.high
    assert wide.method == "student, people as clusters 99.8 %"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s, k, p: (s, np.ones_like(k), p), "expected genuine and impostor pairs"),
        (lambda s, k, p: (s, k[:-1], p), "expected genuine and impostor pairs"),
        (lambda s, k, p: (s, k, p[:, :1]), "expected genuine and impostor pairs"),
        (lambda s, k, p: (np.where(k, np.nan, s), k, p), "finite"),
        (lambda s, k, p: (np.where(k, 1.0, 0.0), k, p), "that differ"),
    ],
)
def test_what_cannot_be_measured_is_refused(change, message):
    first, _, same, people = drawn(5)
    with pytest.raises(InputError, match=message):
        separation(*change(first, same, people))
