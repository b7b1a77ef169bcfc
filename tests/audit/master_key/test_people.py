"""Parties of people: nobody in two, enough photos of each, the same in any order."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.master_key.people import EACH, PeoplePlan, deal_people
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet

PLAN = PeoplePlan(enrolled=6, strangers=5, own=5)


def faces(counts: list[int]) -> FaceSet:
    """Faces of people with so many photos each; pixels are of no account."""
    person = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"p{one:03d}" for one in range(len(counts)))
    ids = tuple(f"p{one:03d}/{place:04d}" for place, one in enumerate(person.tolist()))
    images = np.zeros((len(person), 2, 2, 3), dtype=np.uint8)
    return FaceSet(images=images, identity=person, names=names, ids=ids, group=person)


GIVEN = faces([1] * 20 + [2] * 25 + [7] * 15)


def test_nobody_is_in_two_parties_and_no_photo_is_used_twice() -> None:
    found = deal_people(GIVEN, PLAN, 4, 6, 0, most=3)
    parties = found.parties()
    people = [set(GIVEN.identity[rows.reshape(-1)].tolist()) for rows in parties]
    for place, one in enumerate(people):
        for other in people[place + 1 :]:
            assert not one & other
    rows = np.concatenate([one.reshape(-1) for one in parties])
    assert len(np.unique(rows)) == len(rows)


def test_each_party_has_the_photos_that_it_needs() -> None:
    found = deal_people(GIVEN, PLAN, 4, 6, 0, most=3)
    person = GIVEN.identity
    assert found.masters.shape == (4, 6)
    assert (person[found.masters] == person[found.masters[:, :1]]).all()
    np.testing.assert_array_equal(person[found.enrolled], person[found.again])
    assert (len(found.enrolled), len(found.strangers), len(found.own)) == (6, 5, 5)
    for rows, most in ((found.learners, 3), (found.thresholds, EACH)):
        assert np.bincount(person[rows]).max() <= most
    # Who has one photo is a stranger before others are.
    assert (np.bincount(person)[person[np.append(found.strangers, found.own)]] == 1).all()


def test_the_order_of_photos_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(len(GIVEN))
    one = deal_people(GIVEN, PLAN, 4, 6, 3, most=3)
    two = deal_people(GIVEN.take(order), PLAN, 4, 6, 3, most=3)
    for first, second in zip(one.parties(), two.parties(), strict=True):
        ids = [GIVEN.ids[row] for row in first.reshape(-1).tolist()]
        assert ids == [GIVEN.ids[order[row]] for row in second.reshape(-1).tolist()]


def test_without_a_master_person_nobody_is_kept_for_it() -> None:
    found = deal_people(GIVEN, PLAN, 0, 0, 0, most=3)
    assert found.masters.size == 0


def test_too_few_people_or_photos_are_refused_with_what_is_needed() -> None:
    with pytest.raises(SplitError, match="expected 16 people with 6 photos"):
        deal_people(GIVEN, PLAN, 16, 6, 0, most=3)
    with pytest.raises(SplitError, match="got 18 people"):
        deal_people(faces([2] * 18), PLAN, 0, 0, 0, most=3)
    with pytest.raises(SplitError, match="one of them with two photos"):
        deal_people(faces([1] * 50 + [2] * 6), PLAN, 0, 0, 0, most=3)


def test_parties_may_be_as_small_as_a_plan_may_ask() -> None:
    found = deal_people(GIVEN, PeoplePlan(enrolled=2, strangers=3, own=2), 4, 6, 0, most=3)
    assert (len(found.enrolled), len(found.strangers), len(found.own)) == (2, 3, 2)
