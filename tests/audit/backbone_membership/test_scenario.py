"""Who learns from whom, and who is asked about."""

from __future__ import annotations

import numpy as np
import pytest

from audit.backbone_membership.planted import coarse, plan, scenario
from faceaudit.audit.backbone_membership.listing import Pool
from faceaudit.audit.backbone_membership.scenario import divide_photos, draw_halves
from faceaudit.errors import OptionError, SplitError
from faceaudit.faces.split import SplitPlan


def test_everybody_is_learned_from_by_half_of_the_trainings() -> None:
    names = [f"n{number}" for number in range(11)]
    member = draw_halves(names, 8, 3)
    assert member.sum(axis=0).tolist() == [4] * 11
    assert set(member.sum(axis=1).tolist()) == {5, 6}
    assert (member[0] == ~member[1]).all()
    assert len({tuple(one) for one in member.tolist()}) == 8


def test_halves_depend_on_names_and_seed_and_on_no_order() -> None:
    names = [f"n{number}" for number in range(12)]
    first = draw_halves(names, 4, 0)
    assert np.array_equal(draw_halves(names[::-1], 4, 0)[:, ::-1], first)
    assert not np.array_equal(draw_halves(names, 4, 1), first)


def test_held_out_photos_are_of_sessions_that_nobody_learns_from() -> None:
    made = scenario()
    people, group = made.people, made.people.faces.group
    assert not np.isin(group[people.held_out], group[people.trained]).any()
    assert not np.isin(group[people.held_out], group[people.watched]).any()
    assert not set(people.trained) & set(people.held_out) | set(people.watched) & set(
        people.trained
    )


def test_people_with_too_few_photos_are_left_out_by_name_and_reason() -> None:
    faces = coarse(10)
    few = faces.take(np.flatnonzero((faces.identity > 0) | (faces.group < 3)))
    found = divide_photos(
        few, SplitPlan(train=6, validation=1, test=3, donors=0, by="photo", minimum=4), 0
    )
    assert len(found) == 10
    fewer = faces.take(np.flatnonzero((faces.identity > 0) | (np.arange(len(faces)) < 4)))
    found = divide_photos(fewer, SplitPlan(train=6, validation=1, test=3, donors=0, by="photo"), 0)
    assert len(found) == 9
    assert [out.id for out in found.left_out] == ["person-0"]
    assert (found.person[fewer.identity == 0] == -1).all()


def test_fewer_than_eight_people_are_refused_with_a_remedy() -> None:
    with pytest.raises(SplitError, match=r"at least 8 people .* got 7 of 7; try split.by=photo"):
        divide_photos(coarse(7), plan().split, 0)


@pytest.mark.parametrize("photos", ["trained", "held_out"])
def test_lists_of_one_source_are_its_halves(photos: str) -> None:
    made = scenario()
    listed = Pool(made).listed(2, "same_source", photos)  # type: ignore[arg-type]
    assert np.array_equal(listed.member, made.halves[2][listed.person])
    rows = made.people.rows(photos)  # type: ignore[arg-type]
    faces = made.people.faces
    pool = Pool(made)
    assert [pool.ids[row] for row in listed.rows] == [faces.ids[row] for row in rows]
    assert [faces.names[made.people.faces.identity[row]] for row in rows] == [
        made.people.names[one] for one in listed.person
    ]
    assert np.array_equal(pool.images[listed.rows], faces.images[rows])


def test_others_of_another_source_are_as_many_people_and_no_member_is_among_them() -> None:
    made = scenario(others=coarse(40, seed=3))
    pool = Pool(made)
    for training in range(4):
        listed = pool.listed(training, "other_source", "trained")
        people = [np.unique(listed.person[listed.member == side]) for side in (True, False)]
        assert len(people[0]) == len(people[1]) == 20
        assert set(people[0]) == set(np.flatnonzero(made.halves[training]))
        assert not set(people[0]) & set(people[1])


def test_people_of_another_seed_are_others_and_those_of_the_same_are_not() -> None:
    """The same people photographed otherwise: nobody who was learned from counts as another."""
    same = scenario(others=coarse(40), faces={"source": "synthetic", "people": 40, "seed": 5})
    listed = Pool(same).listed(0, "other_source", "trained")
    assert set(listed.person[~listed.member]) == set(np.flatnonzero(~same.halves[0]))
    unlike = scenario(others=coarse(40), faces={"source": "synthetic", "people": 40, "seed": 6})
    listed = Pool(unlike).listed(0, "other_source", "trained")
    assert listed.person[~listed.member].min() >= 40


def test_an_odd_number_of_trainings_is_refused() -> None:
    with pytest.raises(OptionError, match=r"even number of trainings.*try 6"):
        plan(trainings=5)


def test_a_network_in_a_file_cannot_be_trained_here() -> None:
    with pytest.raises(OptionError, match="backbone_leak"):
        plan(recipes=[{"network": {"network": "onnx", "path": "x.onnx"}}])


def test_an_attack_or_a_recipe_twice_is_refused() -> None:
    with pytest.raises(OptionError, match="every attack once"):
        plan(attacks=["mint", "mint"])
    recipe = {"network": {"network": "deepid", "width": 0.1}}
    with pytest.raises(OptionError, match="every recipe once"):
        plan(recipes=[recipe, recipe])


def test_the_id_holds_what_changes_a_figure_and_not_what_people_read() -> None:
    first = scenario()
    assert scenario().id == first.id
    for change in (
        {"trainings": 6},
        {"fprs": [0.1]},
        {"attacks": ["embedding_norm"]},
        {"strict": True},
        {"recipes": [{"network": {"network": "deepid", "width": 0.2}}]},
    ):
        assert scenario(**change).id != first.id
    assert scenario(others=coarse(40, seed=3)).id != first.id
    elsewhere = scenario(faces={"source": "synthetic", "people": 41})
    assert elsewhere.id == first.id, "the faces' fingerprint says who they are"
