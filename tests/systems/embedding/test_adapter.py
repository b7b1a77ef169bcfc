"""The linear adapter against NumPy's least squares, and what decides its penalty."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.embedding.adapter import (
    FOLDS,
    STRENGTHS,
    LinearAdapter,
    LinearMap,
    nearness,
)
from faceaudit.types import Float64Array, FloatArray, IntArray

PEOPLE, PHOTOS, LENGTH = 40, 4, 12


def unit(values: Float64Array) -> FloatArray:
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def two_networks(noise: float, seed: int = 0) -> tuple[FloatArray, FloatArray, IntArray]:
    """Templates of the same photos by two networks, the second another view of the first."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE), PHOTOS)
    faces = rng.standard_normal((PEOPLE, LENGTH))[person]
    faces += 0.3 * rng.standard_normal(faces.shape)
    turn = rng.standard_normal((LENGTH, LENGTH + 3))
    return (
        unit(faces + noise * rng.standard_normal(faces.shape)),
        unit(faces @ turn + noise * rng.standard_normal((len(faces), LENGTH + 3))),
        person,
    )


def by_lstsq(known: FloatArray, wanted: FloatArray, strength: float) -> tuple[Float64Array, ...]:
    """Ridge regression as least squares with rows that pull the weights to nothing."""
    first, second = known.astype(np.float64), wanted.astype(np.float64)
    before, after = first.mean(axis=0), second.mean(axis=0)
    pull = np.sqrt(strength * len(first) / first.shape[1]) * np.eye(first.shape[1])
    left = np.vstack([first - before, pull])
    right = np.vstack([second - after, np.zeros((first.shape[1], second.shape[1]))])
    weight = np.linalg.lstsq(left, right, rcond=None)[0]
    return weight, after - before @ weight


@pytest.mark.parametrize("noise", [0.0, 0.5, 3.0])
def test_it_is_the_least_squares_map(noise: float) -> None:
    known, wanted, person = two_networks(noise)
    found = LinearAdapter.fit(known, wanted, person)
    weight, _ = by_lstsq(known, wanted, found.strength)
    assert np.abs(found.weight * found.shrunk - weight).max() < 1e-4
    # The mean is guessed for the mean, however guesses are stretched.
    middle = found.apply(known.mean(axis=0, keepdims=True))
    assert np.abs(middle - wanted.mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize("noise", [0.1, 1.0, 3.0])
def test_the_penalty_is_the_one_that_predicts_other_people_best(noise: float) -> None:
    known, wanted, person = two_networks(noise)
    fold = np.random.default_rng(0).permutation(PEOPLE)[person] % FOLDS
    scores, shares = [], []
    for strength in STRENGTHS:
        total, spread, whole = 0.0, 0.0, 0.0
        for one in range(FOLDS):
            weight, offset = by_lstsq(known[fold != one], wanted[fold != one], strength)
            guess = known[fold == one] @ weight + offset
            middle = wanted[fold != one].mean(axis=0)
            total += float(np.sum(unit(guess) * wanted[fold == one]))
            spread += float(np.sum((guess - middle) ** 2))
            whole += float(np.sum((wanted[fold == one] - middle) ** 2))
        scores.append(total)
        shares.append((spread / whole) ** 0.5)
    found = LinearAdapter.fit(known, wanted, person)
    assert found.strength == STRENGTHS[int(np.argmax(scores))]
    assert found.shrunk == pytest.approx(shares[int(np.argmax(scores))], rel=1e-4)


def test_two_turned_networks_are_adapted_without_loss() -> None:
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.standard_normal((LENGTH, LENGTH)))[0]
    known = unit(rng.standard_normal((300, LENGTH)))
    adapter = LinearAdapter.fit(known[:200], 7 * known[:200] @ turn, np.arange(200))
    adapted = adapter.adapt(3 * known[200:])
    assert np.sum(adapted * (known[200:] @ turn), axis=1).min() > 0.9999
    assert np.linalg.norm(adapted, axis=1) == pytest.approx(1, abs=1e-5)


def test_templates_that_have_nothing_in_common_are_not_adapted() -> None:
    rng = np.random.default_rng(2)
    known, wanted, person = two_networks(0.1)
    shuffled = wanted[rng.permutation(len(wanted))]
    adapter = LinearAdapter.fit(known[person < 30], shuffled[person < 30], person[person < 30])
    rest = person >= 30
    hits = adapter.adapt(known[rest]) @ wanted[rest].T
    right = person[rest][hits.argmax(axis=1)] == person[rest]
    assert right.mean() < 0.3  # one in ten is chance
    honest = LinearAdapter.fit(known[person < 30], wanted[person < 30], person[person < 30])
    hits = honest.adapt(known[rest]) @ wanted[rest].T
    assert (person[rest][hits.argmax(axis=1)] == person[rest]).mean() > 0.9


def test_photos_of_one_person_are_never_on_both_sides_of_a_fold() -> None:
    rng = np.random.default_rng(3)
    # What is wanted has nothing to do with what is known, but photos of a person are all alike:
    # judged by photos, the map that remembers every person would win.
    person = np.repeat(np.arange(150), 3)
    faces = rng.standard_normal((150, 300))
    known = unit(faces[person] + 0.1 * rng.standard_normal((450, 300)))
    wanted = unit(rng.standard_normal((150, 5))[person])
    by_people = LinearAdapter.fit(known, wanted, person).strength
    by_photos = LinearAdapter.fit(known, wanted, np.arange(450)).strength
    assert by_people == STRENGTHS[-1]
    assert by_photos < STRENGTHS[-2]


def test_strangers_do_not_match_because_guesses_are_timid() -> None:
    # All templates of the second network are alike, and the first one knows little of them.
    rng = np.random.default_rng(6)
    known, wanted, person = two_networks(2.0, seed=6)
    wanted = unit(wanted + 2 * unit(np.ones((1, wanted.shape[1]))))
    some, rest = person < 20, person >= 20
    adapter = LinearAdapter.fit(known[some], wanted[some], person[some])
    assert adapter.shrunk < 0.8
    guesses = adapter.adapt(known[rest])
    middle = wanted[rest].mean(axis=0)
    spread = (
        np.square(guesses - guesses.mean(axis=0)).sum() / np.square(wanted[rest] - middle).sum()
    )
    assert 0.7 < spread**0.5 < 1.3
    strangers = rng.permutation(rest.sum())
    real = np.sum(wanted[rest] * wanted[rest][strangers], axis=1).mean()
    assert np.sum(guesses * wanted[rest][strangers], axis=1).mean() == pytest.approx(real, abs=0.05)


def test_it_does_not_hang_on_the_order_of_photos() -> None:
    known, wanted, person = two_networks(1.0)
    order = np.random.default_rng(4).permutation(len(known))
    one = LinearAdapter.fit(known, wanted, person)
    other = LinearAdapter.fit(known[order], wanted[order], person[order])
    assert one.strength == other.strength
    assert one.weight == pytest.approx(other.weight, abs=1e-5)


def test_a_map_to_what_is_no_direction_is_judged_by_squared_errors() -> None:
    rng = np.random.default_rng(5)
    known = unit(rng.standard_normal((200, LENGTH)))
    wanted = (known @ rng.standard_normal((LENGTH, 3)) * 40 + 5).astype(np.float32)
    found = LinearMap.ridge(known[:150], wanted[:150], np.arange(150), nearness)
    assert found.strength == STRENGTHS[0]
    assert found.apply(known[150:]) == pytest.approx(wanted[150:], abs=0.05)
    assert nearness(np.zeros((1, 2)), np.array([[3.0, 4.0]])) == -25


def test_where_all_penalties_predict_alike_the_largest_is_taken() -> None:
    known, wanted, person = two_networks(0.1)
    constant = np.zeros_like(wanted)
    assert LinearMap.ridge(known, constant, person, nearness).strength == STRENGTHS[-1]


def test_what_cannot_be_learned_from_is_refused() -> None:
    known, wanted, person = two_networks(0.1)
    with pytest.raises(InputError, match="two people or more, got 1"):
        LinearAdapter.fit(known[:PHOTOS], wanted[:PHOTOS], person[:PHOTOS])
    with pytest.raises(InputError, match="as many templates on both sides as people, got 160, 159"):
        LinearAdapter.fit(known, wanted[:-1], person)
    with pytest.raises(InputError, match="and 159"):
        LinearAdapter.fit(known, wanted, person[:-1])
