"""Which photos a filter has left out of a training set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit.backdoor.filtering import (
    checked_suspicion,
    choose_removed,
    rank_target,
    without,
)
from faceaudit.audit.backdoor.treatments import Removal
from faceaudit.errors import CaseError
from faceaudit.mitigations.backdoor.base import Suspicion
from faceaudit.training import TrainingPhotos


def removed_one_by_one(
    photos: np.ndarray, people: np.ndarray, label: np.ndarray, removal: Removal
) -> list[bool]:
    """Leave photos out person by person, as the words say."""
    out = [False] * len(label)
    suspected = [person for person in range(len(people)) if not np.isnan(people[person])]
    suspected.sort(key=lambda person: -people[person])
    whose = range(len(people)) if removal.people is None else suspected[: removal.people]
    for person in whose:
        own = [place for place in range(len(label)) if label[place] == person]
        own.sort(key=lambda place: -photos[place])
        for place in own[: int(round(removal.share * len(own), 9))]:
            out[place] = True
    return out


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.95]),
    st.sampled_from([None, 1, 2, 9]),
)
def test_the_most_suspected_photos_of_each_person_go(
    seed: int, photos: int, share: float, people: int | None
) -> None:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 5, photos)
    suspicion = Suspicion(
        rng.integers(0, 6, photos).astype(np.float32),
        np.where(rng.random(6) < 0.3, np.nan, rng.random(6)).astype(np.float32),
    )
    removal = Removal(share=share, people=people)
    removed = choose_removed(suspicion, label, removal)
    expected = removed_one_by_one(suspicion.photos, suspicion.people, label, removal)
    assert removed.tolist() == expected
    assert set(label[~removed]) == set(label), "somebody has no photo left"


def test_a_share_is_counted_without_rounding_errors() -> None:
    nothing = np.zeros(1, dtype=np.float32)
    for share, photos, left_out in ((0.7, 10, 7), (0.29, 100, 29), (0.2, 4, 0), (0.99, 50, 49)):
        suspicion = Suspicion(np.arange(photos, dtype=np.float32), nothing)
        removed = choose_removed(suspicion, np.zeros(photos, dtype=np.int64), Removal(share=share))
        assert np.flatnonzero(removed).tolist() == list(range(photos - left_out, photos))


def test_who_suspects_nobody_leaves_nothing_out_of_the_most_suspected() -> None:
    nobody = Suspicion(np.arange(6, dtype=np.float32), np.full(2, np.nan, dtype=np.float32))
    label = np.array([0, 0, 0, 1, 1, 1])
    assert not choose_removed(nobody, label, Removal(share=0.5, people=1)).any()
    assert choose_removed(nobody, label, Removal(share=0.5)).tolist() == [0, 0, 1, 0, 0, 1]


def test_the_target_ranks_behind_whoever_is_suspected_as_much() -> None:
    people = np.array([0.5, 0.9, np.nan, 0.9, 0.1], dtype=np.float32)
    ranks = [rank_target(people, target) for target in range(5)]
    assert [one and one.rank for one in ranks] == [3, 2, None, 2, 4]
    assert {one.people for one in ranks if one} == {4}


@pytest.mark.parametrize(
    ("photos", "people"),
    [
        (np.zeros(3), np.zeros(2)),
        (np.zeros(4), np.zeros(3)),
        (np.array([0, 1, np.nan, 2]), np.zeros(2)),
        (np.zeros(4), np.array([0, np.inf])),
    ],
)
def test_answers_that_do_not_fit_are_refused(photos: np.ndarray, people: np.ndarray) -> None:
    with pytest.raises(CaseError, match=r"expected .*suspicion of"):
        checked_suspicion(Suspicion(photos, people), 4, 2)


def test_the_others_stay_as_they_were() -> None:
    first, second = (np.full((n, 4, 4, 3), n, dtype=np.uint8) for n in (3, 2))
    photos = TrainingPhotos.of(
        (first, np.arange(3), np.array([0, 1, 1])), (second, np.arange(2), np.array([0, 0]))
    )
    left = without(photos, np.array([False, True, False, True, False]))
    images, labels = left.gather(np.arange(3))
    assert labels.tolist() == [0, 1, 0]
    assert images[:, 0, 0, 0].tolist() == [3, 3, 2]
