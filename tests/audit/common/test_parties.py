"""Three parties of people, none in two, whatever order photos are in."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.common.parties import Parties, PartiesPlan, deal_parties
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet, IntArray


def faces(count: list[int], groups: int = 2) -> FaceSet:
    """People with so many photos each, in so many groups in turn."""
    person = np.repeat(np.arange(len(count)), count)
    place = np.concatenate([np.arange(one) for one in count])
    return FaceSet(
        images=np.zeros((len(person), 2, 2, 3), dtype=np.uint8),
        identity=person,
        names=tuple(f"person-{one:03d}" for one in range(len(count))),
        ids=tuple(f"{who}/{at}" for who, at in zip(person.tolist(), place.tolist(), strict=True)),
        group=person * 100 + place % groups,
    )


def mixed(one: FaceSet, seed: int) -> FaceSet:
    rows = np.random.default_rng(seed).permutation(len(one))
    return FaceSet(
        images=one.images[rows],
        identity=one.identity[rows],
        names=one.names,
        ids=tuple(one.ids[row] for row in rows.tolist()),
        group=one.group[rows],
    )


def ids(one: FaceSet, rows: IntArray) -> list[str]:
    return [one.ids[row] for row in rows.tolist()]


def people(one: FaceSet, rows: IntArray) -> set[int]:
    return set(one.identity[rows].tolist())


COUNT = [1, 2, 3, 4, 5] * 12


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_in_two_parties_and_every_photo_is_somewhere(seed: int) -> None:
    known = faces(COUNT)
    dealt = deal_parties(known, PartiesPlan(attacked=15, learn=0.4), seed)
    attacked = people(known, dealt.stolen)
    assert len(attacked) == len(dealt.stolen) == 15
    learned, thresholds = people(known, dealt.learned), people(known, dealt.thresholds)
    assert not attacked & learned
    assert not attacked & thresholds
    assert not learned & thresholds
    assert len(learned) == round(0.4 * (len(COUNT) - 15))
    rows = [dealt.stolen, dealt.other, dealt.further, dealt.learned, dealt.thresholds]
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(known)))
    assert people(known, dealt.further) <= attacked


@pytest.mark.parametrize("seed", range(5))
def test_the_other_photo_is_of_the_same_person_and_another_group(seed: int) -> None:
    known = faces(COUNT)
    dealt = deal_parties(known, PartiesPlan(attacked=20), seed)
    assert np.array_equal(known.identity[dealt.stolen], known.identity[dealt.other])
    assert (dealt.stolen != dealt.other).all()
    assert (known.group[dealt.stolen] != known.group[dealt.other]).all()


def test_where_all_photos_are_of_one_group_the_other_is_another_photo() -> None:
    known = faces(COUNT, groups=1)
    dealt = deal_parties(known, PartiesPlan(attacked=20), 0)
    assert (dealt.stolen != dealt.other).all()
    assert np.array_equal(known.identity[dealt.stolen], known.identity[dealt.other])


@pytest.mark.parametrize("seed", range(3))
def test_parties_do_not_hang_on_the_order_of_photos(seed: int) -> None:
    known = faces(COUNT)
    plan = PartiesPlan(attacked=15)
    other = mixed(known, seed)
    one, two = deal_parties(known, plan, 7), deal_parties(other, plan, 7)
    assert ids(known, one.stolen) == ids(other, two.stolen)
    assert ids(known, one.other) == ids(other, two.other)
    for name in ("further", "learned", "thresholds"):
        found, again = (
            ids(side, getattr(dealt, name))
            for side, dealt in zip((known, other), (one, two), strict=True)
        )
        assert sorted(found) == sorted(again)


def test_another_seed_deals_other_people() -> None:
    known = faces(COUNT)
    one, two = (deal_parties(known, PartiesPlan(attacked=10), seed) for seed in (0, 1))
    assert people(known, one.stolen) != people(known, two.stolen)
    assert people(known, one.learned) != people(known, two.learned)


def test_half_of_those_with_two_photos_are_left_for_the_thresholds() -> None:
    known = faces([2] * 10 + [1] * 30)
    dealt = deal_parties(known, PartiesPlan(attacked=100, learn=0.5), 0)
    assert len(dealt.stolen) == 5
    assert np.bincount(known.identity[dealt.thresholds]).max() == 2


def attempt(count: list[int], **plan: float) -> Parties:
    return deal_parties(faces(count), PartiesPlan(**plan), 0)


@pytest.mark.parametrize("count", [[1] * 50, [2, 2, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3] + [1] * 2])
def test_too_few_people_with_two_photos_are_refused(count: list[int]) -> None:
    with pytest.raises(SplitError, match=f"of {len(count)}; try more photos"):
        attempt(count)


@pytest.mark.parametrize("learn", [0.1, 0.5, 0.9])
def test_the_fewest_people_that_will_do(learn: float) -> None:
    known = faces([2] * 6)
    dealt = deal_parties(known, PartiesPlan(learn=learn), 0)
    parties = (dealt.stolen, dealt.learned, dealt.thresholds)
    assert [len(people(known, rows)) for rows in parties] == [2, 2, 2]
