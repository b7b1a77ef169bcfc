from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import SplitError
from faceaudit.faces.split import PARTS, Split, SplitPlan
from faceaudit.types import FaceSet
from helpers.faces import blocks

PLAN = SplitPlan(train=20, validation=5, test=5)


def ids(faces: FaceSet, split: Split) -> dict[str, set[str]]:
    return {part: {faces.ids[row] for row in getattr(split, part)} for part in PARTS}


def test_sizes_a_person(faces: FaceSet) -> None:
    split = PLAN.split(faces, seed=0)
    for part, size in (("train", 20), ("validation", 5), ("test", 5), ("donors", 10)):
        assert np.bincount(split.label[getattr(split, part)]).tolist() == [size] * 4


def test_parts_are_disjoint_and_use_every_photo(faces: FaceSet) -> None:
    split = PLAN.split(faces, seed=0)
    rows = np.concatenate([getattr(split, part) for part in PARTS])
    assert sorted(rows) == list(range(len(faces)))


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 2**31))
def test_does_not_depend_on_the_order_of_photos(random: object, seed: int) -> None:
    faces = blocks(people=3, photos=12, size=(8, 8))
    order = list(range(len(faces)))
    random.shuffle(order)  # type: ignore[attr-defined]
    plan = SplitPlan(train=6, validation=2, test=2)
    shuffled = faces.take(order)
    assert ids(faces, plan.split(faces, seed)) == ids(shuffled, plan.split(shuffled, seed))


def test_does_not_depend_on_who_else_is_there(faces: FaceSet) -> None:
    alone = faces.take(np.flatnonzero(faces.identity < 2))
    whole, part = ids(faces, PLAN.split(faces, 0)), ids(alone, PLAN.split(alone, 0))
    for name in PARTS:
        assert part[name] == {id_ for id_ in whole[name] if id_[:8] in ("person-0", "person-1")}


def test_another_seed_splits_otherwise(faces: FaceSet) -> None:
    assert ids(faces, PLAN.split(faces, 0)) != ids(faces, PLAN.split(faces, 1))


@pytest.mark.parametrize("seed", range(5))
def test_by_video_keeps_videos_on_one_side(faces: FaceSet, seed: int) -> None:
    plan = SplitPlan(train=15, validation=5, test=8, by="video")
    split = plan.split(faces, seed)
    videos = [set(faces.group[getattr(split, part)]) for part in PARTS]
    assert len(set.union(*videos)) == sum(map(len, videos))
    assert np.bincount(split.label[split.test]).tolist() == [8] * 4
    assert np.bincount(split.label[split.train]).tolist() == [15] * 4


def test_by_photo_does_not_keep_videos_together(faces: FaceSet) -> None:
    split = PLAN.split(faces, 0)
    assert set(faces.group[split.train]) & set(faces.group[split.test])


def test_small_people_are_left_out_and_listed(faces: FaceSet) -> None:
    few = faces.take(np.r_[0:5, 40:160])
    split = SplitPlan(minimum=10, train=20, validation=5, test=5).split(few, 0)
    assert split.names == ("person-1", "person-2", "person-3")
    assert [(item.id, item.reason) for item in split.left_out] == [
        ("person-0", "expected at least 10 photos, got 5")
    ]
    assert set(split.label[:5]) == {-1}


def test_a_short_person_has_a_shorter_training_part(faces: FaceSet) -> None:
    few = faces.take(np.r_[0:22, 40:160])
    split = PLAN.split(few, 0)
    assert np.bincount(split.label[split.train]).tolist() == [12, 20, 20, 20]
    assert np.bincount(split.label[split.test]).tolist() == [5] * 4


def test_too_few_videos_are_said(faces: FaceSet) -> None:
    few = faces.take(np.r_[0:10, 40:160])
    split = SplitPlan(train=10, validation=5, test=5, by="video").split(few, 0)
    assert split.left_out[0].reason == "expected at least 3 videos, one for each part, got 2"


def test_nobody_to_enrol_is_an_error(faces: FaceSet) -> None:
    with pytest.raises(SplitError, match=r"at least two people.*expected at least 99 photos"):
        SplitPlan(minimum=99).split(faces, 0)


def test_donors_can_be_limited(faces: FaceSet) -> None:
    split = SplitPlan(train=20, validation=5, test=5, donors=3).split(faces, 0)
    assert np.bincount(split.label[split.donors]).tolist() == [3] * 4
