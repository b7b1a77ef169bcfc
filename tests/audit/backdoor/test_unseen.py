"""People who are kept out of the split, and what systems' features tell of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.unseen import KEPT, keep_left_out, keep_unseen, unseen_figures
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.errors import SplitError
from faceaudit.faces.split import PARTS, SplitPlan
from faceaudit.store import Store
from faceaudit.types import FaceSet
from helpers.faces import blocks

SIZES = SplitPlan(train=6, validation=2, test=2)


class Colours:
    """A system whose features are the mean colours of a photo's cells: they tell people apart."""

    def embed(self, images: np.ndarray, rows: object = None) -> np.ndarray:
        cells = images[:, :48, :40].reshape(len(images), 6, 8, 5, 8, 3).mean(axis=(2, 4))
        return (cells.reshape(len(images), -1) - 128).astype(np.float32)


def test_labels_are_counted_again_and_rows_are_of_those_who_stay() -> None:
    faces = blocks(9, 12)
    whole = SIZES.split(faces, 4)
    split = keep_unseen(whole, 3, 4)
    kept = [out.id for out in split.left_out if out.reason == KEPT]
    assert len(kept) == 3
    assert sorted([*kept, *split.names]) == sorted(whole.names)
    for part in PARTS:
        rows, before = getattr(split, part), getattr(whole, part)
        names = [faces.names[person] for person in faces.identity[rows]]
        assert names == [split.names[label] for label in split.label[rows]]
        stays = [row for row in before if faces.names[faces.identity[row]] in split.names]
        assert rows.tolist() == stays
    strange = np.isin(faces.identity, [faces.names.index(name) for name in kept])
    assert set(split.label[strange]) == {-1}
    assert set(split.label[~strange]) == set(range(6))


def test_who_is_kept_depends_on_names_and_seed() -> None:
    faces = blocks(9, 12)
    kept = [
        set(SIZES.split(faces, 0).names) - set(keep_unseen(SIZES.split(faces, 0), 4, s).names)
        for s in (0, 0, 1)
    ]
    assert kept[0] == kept[1] != kept[2]


def test_two_people_must_stay() -> None:
    split = SIZES.split(blocks(5, 12), 0)
    assert len(keep_unseen(split, 3, 0).names) == 2
    with pytest.raises(SplitError, match="beside 4 unseen ones, got 5 in all; try a smaller"):
        keep_unseen(split, 4, 0)


def test_features_are_compared_on_unseen_people_alone() -> None:
    faces = blocks(12, 12)
    split = keep_unseen(SIZES.split(faces, 0), 5, 0)
    found = {one.metric: one.estimate for one in unseen_figures(Colours(), faces, split, 0)}  # type: ignore[arg-type]
    area = found["unseen_auc"]
    assert area is not None
    assert area.value > 0.9
    assert area.n == 5 * 5
    assert unseen_figures(Colours(), faces, SIZES.split(faces, 0), 0) == ()  # type: ignore[arg-type]


def test_without_unseen_people_ids_stay_as_they_are(tmp_path: Path) -> None:
    """The option is in no id unless it is used; with it there are figures for every system."""
    faces = {"source": "synthetic", "people": 8, "photos": 20, "sessions": 2}
    section = {
        "split": {"train": 8, "validation": 2, "test": 2},
        "systems": [{"network": {"network": "deepid", "width": 0.25}, "training": {"epochs": 1}}],
        "attacks": [{"attack": "blended", "samples": 4, "instances": 4}],
        "wrong_keys": 0,
    }
    stores = [Store(tmp_path / str(count)) for count in (0, 4)]
    for store, count in zip(stores, (0, 4), strict=True):
        assert not run(Plan(faces=faces, backdoor={**section, "unseen": count}), store).failed
    without, with_them = (list(store.cases()) for store in stores)
    assert all("unseen" not in case.spec for case in without)
    assert all(case.figure("unseen_auc") is None for case in without)
    for case in with_them:
        area = case.figure("unseen_auc")
        assert area is not None
        assert area.n == 4 * 5
        assert case.facts["people"] == 4
        assert case.spec["unseen"] == 4


def test_a_plan_says_how_many() -> None:
    plan = BackdoorPlan(faces="synthetic", systems=[{"network": "deepid"}], unseen=3, split=SIZES)
    faces = blocks(9, 12)
    assert len(plan.enrol(faces, 0).names) == 6
    assert (
        plan.model_copy(update={"unseen": 0}).enrol(faces, 0).names == SIZES.split(faces, 0).names
    )


def test_people_with_too_few_photos_are_kept_and_everybody_else_stays_enrolled() -> None:
    counts = [8, 8, 8, 3, 3, 3, 3, 1]
    identity = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"p{number}" for number in range(len(counts)))
    ids = tuple(f"{person}/{place}" for place, person in enumerate(identity))
    faces = FaceSet(np.zeros((len(ids), 4, 4, 3), np.uint8), identity, names, ids, identity)
    split = SplitPlan(minimum=8, train=2, validation=1, test=1).split(faces, 0)
    found = keep_left_out(split, faces, 3, 0)
    kept = {out.id for out in found.left_out if out.reason == KEPT}
    assert len(kept) == 3
    assert kept < {"p3", "p4", "p5", "p6"}
    assert found.names == split.names == ("p0", "p1", "p2")
    assert len(found.left_out) == len(split.left_out) == 5
    assert {out.id for out in keep_left_out(split, faces, 3, 1).left_out} == {
        out.id for out in found.left_out
    }
    with pytest.raises(SplitError, match="expected 5 people with 2 photos at least"):
        keep_left_out(split, faces, 5, 0)
