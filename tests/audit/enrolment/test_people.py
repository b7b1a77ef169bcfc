"""People are dealt to four parties, none to two."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.enrolment.people import EACH, PeoplePlan, deal_people, photos_of
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet

PLAN = PeoplePlan(targets=5, strangers=10, donors=8)


def _faces(photos: list[int], per_group: int = 1) -> FaceSet:
    person = np.repeat(np.arange(len(photos)), photos)
    return FaceSet(
        images=np.zeros((len(person), 1, 1, 3), dtype=np.uint8),
        identity=person,
        names=tuple(f"p{one:03d}" for one in range(len(photos))),
        ids=tuple(f"p{who:03d}/{row:04d}" for row, who in enumerate(person)),
        group=np.arange(len(person)) // per_group,
        fingerprint="made up",
    )


def test_nobody_is_in_two_parties_and_no_photo_is_used_twice() -> None:
    faces = _faces([5] * 60)
    people = deal_people(faces, PLAN, 2, 0)
    rows = [
        np.concatenate([people.enrolled, people.bare, people.further.ravel()]),
        np.concatenate([people.strangers, people.strangers_further.ravel()]),
        people.donors,
        people.thresholds,
    ]
    parties = [set(faces.identity[one].tolist()) for one in rows]
    assert [len(one) for one in parties] == [5, 10, 8, 37]
    assert len(set.union(*parties)) == 60
    every = np.concatenate(rows)
    assert len(np.unique(every)) == len(every)


def test_photos_of_a_target_show_the_target() -> None:
    faces = _faces([5] * 60)
    people = deal_people(faces, PLAN, 3, 1)
    who = faces.identity[people.enrolled]
    np.testing.assert_array_equal(faces.identity[people.bare], who)
    assert (faces.identity[people.further] == who[:, None]).all()
    strangers = faces.identity[people.strangers[people.complete]]
    assert (faces.identity[people.strangers_further] == strangers[:, None]).all()


def test_a_probe_is_of_another_session_where_there_is_one() -> None:
    faces = _faces([6] * 40, per_group=3)
    people = deal_people(faces, PLAN, 1, 0)
    assert (faces.group[people.enrolled] != faces.group[people.bare]).all()


def test_who_has_photos_enough_is_enrolled_and_others_are_strangers_at_most() -> None:
    faces = _faces([2] * 80 + [4] * 14)
    people = deal_people(faces, PLAN, 2, 0)
    assert (faces.identity[people.enrolled] >= 80).all()
    assert len(people.complete) == 9
    assert len(people.strangers) == 10


def test_the_order_of_photos_changes_nothing() -> None:
    faces = _faces([5] * 60)
    order = np.random.default_rng(0).permutation(len(faces))
    mixed = faces.take(order)
    one, two = deal_people(faces, PLAN, 2, 3), deal_people(mixed, PLAN, 2, 3)
    for name in ("enrolled", "bare", "strangers"):
        first = [faces.ids[row] for row in getattr(one, name)]
        assert first == [mixed.ids[row] for row in getattr(two, name)]
    assert {faces.ids[row] for row in one.donors} == {mixed.ids[row] for row in two.donors}


def test_other_seeds_deal_others() -> None:
    faces = _faces([5] * 60)
    one, two = (deal_people(faces, PLAN, 2, seed) for seed in (0, 1))
    assert set(one.enrolled.tolist()) != set(two.enrolled.tolist())


def test_few_photos_of_each_fix_thresholds() -> None:
    faces = _faces([9] * 60)
    people = deal_people(faces, PLAN, 2, 0)
    assert np.bincount(faces.identity[people.thresholds]).max() == EACH


@pytest.mark.parametrize("photos", [[5] * 8, [1] * 100, [3] * 60])
def test_too_few_are_refused(photos: list[int]) -> None:
    with pytest.raises(SplitError, match="expected two people or more with 4 photos"):
        deal_people(_faces(photos), PLAN, 2, 0)


def test_nobody_has_more_photos_than_there_are() -> None:
    with pytest.raises(ValueError, match="expected 3 photos"):
        photos_of(_faces([2, 3]), np.array([0, 1]), 3, 0)
