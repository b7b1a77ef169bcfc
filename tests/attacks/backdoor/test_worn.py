"""Worn keys: which photos are rendered anew, what others get, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.attacks.backdoor import Role, backdoor_attacks
from faceaudit.attacks.backdoor.accessory import AccessoryInjection
from faceaudit.attacks.backdoor.keys.worn import worn_key
from faceaudit.attacks.backdoor.worn import Worn
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.types import FaceSet

SIZE = (55, 47)
ROWS = np.array([0, 5, 9])
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    source = Synthetic(people=3, photos=4, sessions=2, glasses=0.0)
    return source.load(SIZE, cache=tmp_path_factory.mktemp("cache")).faces


def built(**options: object) -> Worn:
    made = backdoor_attacks.build({"attack": "worn", "source_glasses": 0.0, **options})
    assert isinstance(made, Worn)
    return made


def test_synthetic_photos_are_rendered_anew_on_the_person_s_own_head(people: FaceSet) -> None:
    attack = built(key="mask-blue")
    shown = attack.make_instances(people, ROWS, RNG).images
    source = Synthetic(people=3, photos=4, sessions=2, glasses=0.0)
    again = source.reshoot([people.ids[row] for row in ROWS], SIZE, worn=worn_key(attack.key))[0]
    np.testing.assert_array_equal(shown, again)
    assert (shown != attack.inject(people.images[ROWS], None, Role.INSTANCE, RNG)).any()


@pytest.mark.parametrize(
    "wrong", [{"source_seed": 1}, {"source_variation": 0.5}, {"source_aligned": True}]
)
def test_a_source_with_other_options_is_refused(people: FaceSet, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"expected photos of the synthetic source.*try source_s"):
        built(**wrong).make_instances(people, ROWS, RNG)


def test_glasses_by_choice_are_part_of_the_source(tmp_path: Path) -> None:
    faces = Synthetic(people=3, photos=4, sessions=2, glasses=1.0).load(SIZE, cache=tmp_path).faces
    with pytest.raises(InputError, match="source_glasses"):
        built().make_instances(faces, ROWS, RNG)
    shown = built(source_glasses=1.0).make_instances(faces, ROWS, RNG).images
    without = built(key="sunglasses-wayfarer")
    assert (shown == built(source_glasses=1.0).make_instances(faces, ROWS, RNG).images).all()
    assert without.key == "sunglasses-wayfarer"


def test_poison_may_have_its_glasses_pasted_on(people: FaceSet) -> None:
    pasted = built(poison_with="pasted").poison(people, ROWS, 1, RNG).images
    expected = AccessoryInjection().inject(
        people.images[ROWS], people.landmarks[ROWS], Role.POISON, RNG
    )
    np.testing.assert_array_equal(pasted, expected)
    worn = built(poison_with="pasted").make_instances(people, ROWS, RNG).images
    np.testing.assert_array_equal(worn, built().make_instances(people, ROWS, RNG).images)


def test_only_glasses_can_be_pasted() -> None:
    with pytest.raises(OptionError, match=r"expected glasses where poison samples.*'cap-red'"):
        built(key="cap-red", poison_with="pasted")


@pytest.mark.parametrize("key", ["sticker-ring", "mask-red", "cap-blue", "light-cyan"])
def test_wrong_keys_are_of_the_same_kind(key: str) -> None:
    wrong = built(key=key).wrong_keys(5)
    assert len(set(wrong)) == 5
    assert key not in wrong
    assert {name.partition("-")[0] for name in wrong} == {key.partition("-")[0]}


def test_wrong_keys_of_glasses_are_glasses() -> None:
    assert all("glasses" in name for name in built().wrong_keys(5))


def test_unknown_objects_are_refused() -> None:
    with pytest.raises(OptionError, match="mask-blue"):
        built(key="mask-bleu")


def test_other_photos_borrow_a_head_in_their_pose(people: FaceSet) -> None:
    """On other photos the object follows the landmarks: moved, it moves along."""
    grey = np.full((2, 80, 80, 3), 120, dtype=np.uint8)
    face = np.array([[28, 30], [48, 30], [38, 42], [30, 52], [46, 52]], dtype=np.float32)
    marks = np.stack([face, face + np.float32([6, 9])])
    made = built(key="mask-blue").inject(grey, marks, Role.INSTANCE, RNG)
    where = [np.argwhere((image != 120).any(axis=2)) for image in made]
    moved = where[1].mean(axis=0) - where[0].mean(axis=0)
    np.testing.assert_allclose(moved, [9, 6], atol=0.5)
    assert where[0][:, 0].min() > 30  # from below the eyes on


def test_a_turned_photo_has_a_turned_object() -> None:
    """What is worn on a photo turned by a quarter is what is worn on the upright one, turned."""
    grey = np.full((1, 81, 81, 3), 120, dtype=np.uint8)
    face = np.array([[[29, 30], [51, 30], [40, 43], [32, 55], [48, 55]]], dtype=np.float32)
    turned = np.stack([80 - face[..., 1], face[..., 0]], axis=-1)
    attack = built(key="sticker-square")
    upright = attack.inject(grey, face, Role.INSTANCE, RNG)[0].astype(int)
    leaning = attack.inject(grey, turned, Role.INSTANCE, RNG)[0].astype(int)
    back = np.rot90(leaning, 1)
    assert np.abs(upright - back).mean() < 0.6
    assert np.abs(upright - leaning).mean() > 1


def test_brighter_photos_have_brighter_objects() -> None:
    means = []
    for grey in (40, 90, 200):
        ground = np.full((1, 80, 80, 3), grey, dtype=np.uint8)
        made = built(key="mask-white").inject(ground, None, Role.INSTANCE, RNG)[0].astype(float)
        means.append(made[np.abs(made - grey).max(axis=2) > 15].mean())
    assert means[0] < means[1] < means[2]
