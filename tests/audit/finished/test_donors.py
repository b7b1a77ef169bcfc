"""Which photos are asked about, and keys that are put on them."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.backdoor import Role
from faceaudit.attacks.backdoor.accessory import AccessoryInjection
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.audit.finished.keyed import joined, keys_of, put_on, second_half
from faceaudit.audit.finished.opening import drawn_rows, own_labels, spread_rows
from faceaudit.types import FaceSet
from helpers.faces import blocks


@pytest.fixture
def faces() -> FaceSet:
    return blocks(9, 7, (55, 47))


def test_so_many_people_and_photos_of_each(faces: FaceSet) -> None:
    rows = drawn_rows(faces, 4, 3, seed=1)
    assert np.unique(faces.identity[rows], return_counts=True)[1].tolist() == [3] * 4
    assert drawn_rows(faces, None, None, seed=1).tolist() == list(range(63))
    assert (np.diff(rows) > 0).all()


def test_draws_depend_on_names_and_ids_alone(faces: FaceSet) -> None:
    turned = faces.take(np.arange(len(faces))[::-1])
    for count in (None, 2):
        ids = [
            {some.ids[row] for row in drawn_rows(some, 4, count, seed=8)}
            for some in (faces, turned)
        ]
        assert ids[0] == ids[1]
    spread = [
        {some.ids[row] for row in spread_rows(some, np.arange(len(some)), 11, seed=8)}
        for some in (faces, turned)
    ]
    assert spread[0] == spread[1]
    other = {faces.ids[row] for row in drawn_rows(faces, 4, 2, seed=9)}
    assert other != ids[0]


@pytest.mark.parametrize(("count", "each"), [(9, [1] * 9), (11, [1] * 7 + [2] * 2), (63, [7] * 9)])
def test_donors_are_spread_over_people(faces: FaceSet, count: int, each: list[int]) -> None:
    rows = spread_rows(faces, np.arange(len(faces)), count, seed=0)
    assert sorted(np.unique(faces.identity[rows], return_counts=True)[1].tolist()) == each


def test_donors_of_uneven_people(faces: FaceSet) -> None:
    some = np.flatnonzero((faces.identity > 3) | (np.arange(len(faces)) % 7 == 0))
    rows = spread_rows(faces, some, 20, seed=0)
    assert set(rows.tolist()) <= set(some.tolist())
    assert len(rows) == 20
    assert len(np.unique(faces.identity[rows])) == 9


def test_halves_keep_people_whole(faces: FaceSet) -> None:
    half = second_half(faces, seed=0)
    sides = [set(faces.identity[half == side].tolist()) for side in (False, True)]
    assert not sides[0] & sides[1]
    assert sorted(map(len, sides)) == [4, 5]


def test_a_key_is_put_on_as_an_instance_carries_it(faces: FaceSet) -> None:
    attack = Blended(key="random-3", instance_ratio=0.4)
    keyed = put_on(attack, faces)
    rng = np.random.default_rng(0)
    expected = attack.inject(faces.images, faces.landmarks, Role.INSTANCE, rng)
    np.testing.assert_array_equal(keyed.images, expected)
    assert keyed.fingerprint != faces.fingerprint


def test_an_id_is_of_the_photo_and_the_key_with_its_options(faces: FaceSet) -> None:
    attacks = [
        Blended(key="random-3"),
        Blended(key="random-4"),
        Blended(key="random-3", instance_ratio=0.4),
        AccessoryInjection(),
    ]
    ids = [put_on(attack, faces).ids for attack in attacks]
    assert len(set().union(*map(set, ids))) == 4 * len(faces)
    part = put_on(attacks[0], faces.take([5, 2]))
    assert part.ids == (ids[0][5], ids[0][2]), "wherever a photo stands"


def test_the_attack_s_own_key_comes_first() -> None:
    keys = keys_of(AccessoryInjection(key="glasses-round"), 7)
    assert keys[0].key == "glasses-round"
    assert len({key.key for key in keys}) == 8
    assert keys_of(Blended(), 0) == (Blended(),)


def test_photos_with_and_without_a_key_are_one_set(faces: FaceSet) -> None:
    both = joined([put_on(Blended(), faces), faces])
    assert len(both) == 2 * len(faces)
    np.testing.assert_array_equal(both.images[len(faces) :], faces.images)
    np.testing.assert_array_equal(both.identity, np.tile(faces.identity, 2))


def test_labels_are_found_by_name(faces: FaceSet) -> None:
    found = own_labels(("person-7", "somebody", "person-2"), faces)
    assert set(found[faces.identity == 7]) == {0}
    assert set(found[faces.identity == 2]) == {2}
    assert set(found[~np.isin(faces.identity, [2, 7])]) == {-1}
