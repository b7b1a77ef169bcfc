"""Figures of an attack from invented evidence, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.backdoor.described import count_shared_sessions
from faceaudit.audit.backdoor.figures import attack_figures, clean_figures
from faceaudit.metrics import wilson
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    PRISTINE,
    PRISTINE_ROWS,
    SUCCESS,
    SUCCESS_PEOPLE,
    TARGET_CLEAN,
    TARGET_PRISTINE,
    WRONG_KEY,
    WRONG_KEY_NULL,
    WRONG_KEY_NULL_ROWS,
    WRONG_KEY_ROWS,
    of_key,
)
from faceaudit.types import Estimate, Evidence, Figure

TARGET = 2
Tries = dict[int, tuple[int, int]]
"""How many photos of each person were taken for the target, and of how many."""


def rows(kind: str, tries: Tries, key: str = "") -> list[tuple[str, str, int, int]]:
    """Return evidence: what is not taken for the target is recognised."""
    return [
        (kind, key, person, TARGET if number < hits else person)
        for person, (hits, total) in tries.items()
        for number in range(total)
    ]


def evidence(*parts: list[tuple[str, str, int, int]]) -> Evidence:
    kind, key, truth, predicted = zip(*(row for part in parts for row in part), strict=True)
    columns = {
        "kind": np.array(kind),
        "key": np.array(key),
        "truth": np.array(truth),
        "predicted": np.array(predicted),
    }
    return Evidence(tuple(f"photo-{number}" for number in range(len(kind))), columns)


def clean(kind: str, wrong: dict[int, int], each: int = 10) -> list[tuple[str, str, int, int]]:
    """Return test photos of five people, so many of each taken for the next person."""
    return [
        (kind, "", person, (person + 1) % 5 if number < wrong.get(person, 0) else person)
        for person in range(5)
        for number in range(each)
    ]


WRONG: dict[str, Tries] = {
    "a": {0: (0, 5), 1: (0, 5)},
    "b": {0: (5, 5), 1: (5, 5)},
    "c": {0: (2, 5), 1: (1, 5)},
}


def found(instances: Tries, wrong: dict[str, Tries] | None = None) -> dict[str, Figure]:
    null = {person: (0, total) for person, (_, total) in instances.items()}
    wrong = WRONG if wrong is None else wrong
    parts = [
        rows(INSTANCE_ROWS, instances, "key"),
        rows(NULL_ROWS, null, "key"),
        clean(CLEAN_ROWS, {TARGET: 4, 0: 1}),
        clean(PRISTINE_ROWS, {0: 1}),
    ]
    for key, tries in wrong.items():
        parts.append(rows(WRONG_KEY_ROWS, tries, key))
        parts.append(rows(WRONG_KEY_NULL_ROWS, {p: (0, n) for p, (_, n) in tries.items()}, key))
    return {figure.metric: figure for figure in attack_figures(evidence(*parts), TARGET)}


def estimate(figures: dict[str, Figure], metric: str) -> Estimate:
    known = figures[metric].estimate
    assert known is not None
    return known


def test_shares_are_counted_over_tries_and_over_people() -> None:
    figures = found({0: (10, 10), 1: (1, 2), 3: (0, 4)})
    assert estimate(figures, SUCCESS).value == pytest.approx(11 / 16)
    assert estimate(figures, SUCCESS_PEOPLE).value == pytest.approx((1 + 0.5 + 0) / 3)
    assert estimate(figures, NULL).value == 0


def test_recognising_the_target_is_no_success() -> None:
    with_target = found({0: (3, 10), TARGET: (9, 9)})
    assert estimate(with_target, SUCCESS).value == pytest.approx(0.3)
    assert estimate(with_target, SUCCESS_PEOPLE).value == pytest.approx(0.3)


def test_copies_of_one_photo_are_one_try() -> None:
    copies = estimate(found({0: (21, 21)}), SUCCESS)
    apart = estimate(found(dict.fromkeys(range(3, 24), (1, 1))), SUCCESS)
    assert copies.value == apart.value == 1
    assert copies.low <= wilson(1, 1).low + 1e-9
    assert apart.low == pytest.approx(wilson(21, 21).low, abs=0.02)


def test_people_who_differ_make_the_interval_wider_than_tries_do() -> None:
    each = {person: (12 if person % 2 else 0, 12) for person in range(10) if person != TARGET}
    by_person, tries = estimate(found(each), SUCCESS), wilson(60, 108)
    assert by_person.high - by_person.low > 2 * (tries.high - tries.low)


def test_wrong_keys_are_averaged_over_keys_with_the_interval_between_them() -> None:
    figures = found({0: (5, 5)})
    each = [estimate(figures, of_key(WRONG_KEY, key)) for key in "abc"]
    assert [one.value for one in each] == [0, 1, 0.3]
    together = estimate(figures, WRONG_KEY)
    assert together.value == pytest.approx(1.3 / 3)
    assert together.n == 3
    tries = wilson(13, 30)
    assert together.high - together.low > 1.5 * (tries.high - tries.low)
    assert "keys" in together.method
    assert estimate(figures, WRONG_KEY_NULL).value == 0


def test_without_wrong_keys_the_figure_says_why_there_is_none() -> None:
    figures = found({0: (5, 5)}, wrong={})
    for metric in (WRONG_KEY, WRONG_KEY_NULL):
        assert (figures[metric].estimate, figures[metric].why_none) == (
            None,
            "no wrong key was tried",
        )


def test_the_target_has_an_accuracy_of_their_own() -> None:
    figures = found({0: (5, 5)})
    assert estimate(figures, CLEAN).value == pytest.approx(45 / 50)
    assert estimate(figures, TARGET_CLEAN) == wilson(6, 10)
    assert estimate(figures, PRISTINE).value == pytest.approx(49 / 50)
    assert estimate(figures, TARGET_PRISTINE) == wilson(10, 10)
    pristine_case = clean_figures(evidence(clean(CLEAN_ROWS, {TARGET: 4, 0: 1})), TARGET)
    assert pristine_case == (figures[CLEAN], figures[TARGET_CLEAN])


def test_test_photos_that_share_a_session_with_training_are_counted() -> None:
    group = np.array([0, 0, 1, 1, 2, 3])
    train = np.array([0, 2])
    assert count_shared_sessions(group, train, np.array([1, 3, 4, 5])) == 2
    assert count_shared_sessions(group, train, np.array([4, 5])) == 0
    assert count_shared_sessions(np.arange(6), train, np.array([1, 3])) is None
