"""Figures of an inversion, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from audit.inversion.stubs import found
from faceaudit.audit.inversion.figures import Counting, columns_of, inversion_figures
from faceaudit.audit.inversion.judging import Scored, Trial
from faceaudit.metrics import OperatingPoint
from faceaudit.protocols.matching import Matcher
from faceaudit.records.inversion import (
    LOOK_ALIKE,
    MATCH,
    OTHERS,
    OVER,
    PHOTO,
    QUERIES,
    SOLVED,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    at_fmr,
    at_rank,
)
from faceaudit.types import Figure

PEOPLE = np.array([3, 5, 8, 9])
IMAGES = np.zeros((4, 2, 2, 3), dtype=np.uint8)


def matcher(*thresholds: float | None) -> Matcher:
    rates = (0.1, 0.01)[: len(thresholds)]
    return Matcher(
        tuple(
            OperatingPoint(rate, one, why="" if one is not None else "too few strangers")
            for rate, one in zip(rates, thresholds, strict=True)
        )
    )


def scored(own: list[float], attacked: list[float], other: list[float], rank: list[int]) -> Scored:
    everybody = np.full((4, 4), 0.2)
    everybody[np.arange(4), np.arange(4)] = attacked
    everybody[np.isnan(attacked)] = np.nan
    return Scored(np.array(own), np.column_stack([attacked, other]), np.array(rank), everybody)


NAN = float("nan")
MADE = scored([0.9, 0.9, 0.3, NAN], [0.7, 0.5, 0.4, NAN], [0.9, 0.1, 0.9, NAN], [1, 2, 4, 0])
ALIKE = scored([0.6] * 4, [0.7, 0.1, 0.1, 0.1], [0.1] * 4, [1, 4, 4, 4])
REAL = scored([1.0] * 4, [0.9, 0.9, 0.9, 0.3], [0.9] * 4, [1, 1, 1, 4])


def figures(trials: int = 1, **changed: object) -> dict[str, Figure]:
    by = {
        "people": PEOPLE,
        "titles": ("one", "two"),
        "matchers": (matcher(0.5, 0.6), matcher(0.8, None)),
        "fmrs": (0.1, 0.01),
        **changed,
    }
    trial = Trial(
        found(IMAGES, solved=[True, True, True, False], queries=7),
        MADE,
        {LOOK_ALIKE: ALIKE, PHOTO: REAL},
    )
    counted = inversion_figures([trial] * trials, Counting(**by))  # type: ignore[arg-type]
    return {one.metric: one for one in counted}


def value(metric: str, **changed: object) -> float | None:
    estimate = figures(**changed)[metric].estimate  # type: ignore[arg-type]
    return None if estimate is None else estimate.value


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        (SOLVED, 3 / 4),
        (at_fmr(TYPE_I, 0.1), 2 / 4),
        (at_fmr(TYPE_II, 0.1), 2 / 4),  # a score on the threshold is accepted
        (at_fmr(TYPE_II, 0.01), 1 / 4),
        (at_fmr(MATCH, 0.1), 2 / 3),  # of those that were made
        (at_fmr(TRANSFER, 0.1, "two"), 2 / 4),
        (at_fmr(TYPE_II, 0.1, LOOK_ALIKE), 1 / 4),
        (at_fmr(TYPE_I, 0.1, LOOK_ALIKE), 1.0),
        (at_fmr(TYPE_II, 0.1, PHOTO), 3 / 4),
        (at_fmr(TRANSFER, 0.1, "two", PHOTO), 1.0),
        (at_fmr(OVER, 0.1), 1 / 4),
        (at_fmr(OTHERS, 0.1), 0.0),
        (at_rank(1), 1 / 4),
        (at_rank(1, PHOTO), 3 / 4),
        (QUERIES, 7.0),
    ],
)
def test_shares_are_of_all_that_was_tried(metric: str, wanted: float) -> None:
    assert value(metric) == pytest.approx(wanted)


def test_n_counts_tries_and_trials_of_a_person_are_one_cluster() -> None:
    once, often = (figures(trials)[at_fmr(TYPE_II, 0.1)].estimate for trials in (1, 5))
    assert once is not None
    assert often is not None
    assert (once.n, often.n) == (4, 20)
    assert often.value == once.value
    # All trials of a person go alike here: they tell no more than one.
    assert often.high - often.low > 0.8 * (once.high - once.low)


def test_without_a_threshold_there_is_no_figure_and_the_reason() -> None:
    for metric in (at_fmr(TRANSFER, 0.01, "two"), at_fmr(TRANSFER, 0.01, "two", PHOTO)):
        assert figures()[metric] == Figure(metric, None, "too few strangers")
    found = figures(matchers=(matcher(0.5, None), matcher(0.8, 0.9)))
    for name in (TYPE_I, TYPE_II, MATCH, OVER, OTHERS):
        metric = at_fmr(name, 0.01)
        assert found[metric] == Figure(metric, None, "too few strangers")


def test_a_rank_that_everybody_is_within_is_refused() -> None:
    assert figures()[at_rank(5)].estimate is None
    assert "more than 5 people" in figures()[at_rank(5)].why_none


@pytest.mark.parametrize("people", [5, 6])
def test_five_places_tell_something_from_six_people_on(people: int) -> None:
    scores = np.full((people, people), 0.3)
    one = Scored(scores[0], scores[:, :2], np.full(people, 5), scores)
    images = np.zeros((people, 2, 2, 3), dtype=np.uint8)
    by = Counting(np.arange(people), ("one", "two"), (matcher(0.5), matcher(0.5)), (0.1,))
    counted = {
        figure.metric: figure.estimate
        for figure in inversion_figures([Trial(found(images), one, {})], by)
    }
    assert (counted[at_rank(5)] is None) == (people == 5)
    if people == 6:
        assert counted[at_rank(5)].value == 1  # type: ignore[union-attr]
        assert counted[at_rank(1)].value == 0  # type: ignore[union-attr]


def test_the_photo_itself_is_not_held_against_its_own_template() -> None:
    assert at_fmr(TYPE_I, 0.1, PHOTO) not in figures()


def test_passing_as_another_leaves_ones_own_out_and_counts_pairs_of_people() -> None:
    trial = Trial(found(IMAGES), scored([1.0] * 4, [1.0] * 4, [1.0] * 4, [1] * 4), {})
    trial.scored.everybody[0, 1] = 0.9
    by = Counting(PEOPLE, ("one", "two"), (matcher(0.5), matcher(0.5)), (0.1,))
    (one,) = (
        figure.estimate
        for figure in inversion_figures([trial], by)
        if figure.metric == at_fmr(OTHERS, 0.1)
    )
    assert one is not None
    assert (one.value, one.n) == (pytest.approx(1 / 12), 12)


def test_an_attack_that_gave_no_face_has_no_match_rate_and_no_success() -> None:
    nothing = scored([NAN] * 4, [NAN] * 4, [NAN] * 4, [0] * 4)
    trial = Trial(found(IMAGES, solved=[False] * 4), nothing, {})
    by = Counting(PEOPLE, ("one", "two"), (matcher(0.5), matcher(0.5)), (0.1,))
    counted = {one.metric: one for one in inversion_figures([trial], by)}
    assert counted[at_fmr(MATCH, 0.1)].estimate is None
    assert counted[at_fmr(OTHERS, 0.1)].estimate is None
    success = counted[at_fmr(TYPE_II, 0.1)].estimate
    assert success is not None
    assert (success.value, success.n) == (0.0, 4)


def test_evidence_has_a_row_a_person_and_trial_with_raw_scores() -> None:
    trial = Trial(found(IMAGES, queries=7), MADE, {LOOK_ALIKE: ALIKE})
    columns = columns_of([trial, trial], PEOPLE)
    assert columns["people"].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert columns["trial"].tolist() == [0] * 4 + [1] * 4
    assert columns["other"].shape == (8, 2)
    assert columns[f"own:{LOOK_ALIKE}"].tolist() == [0.6] * 8
    assert set(columns) >= {"solved", "queries", "own", "rank", f"other:{LOOK_ALIKE}"}
