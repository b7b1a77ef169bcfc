"""Poison pairs: who is on them, how many, and those that are most alike."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.master_key import draw_pairs, master_key_attacks
from faceaudit.errors import OptionError, SplitError
from faceaudit.metrics import normalized

KEY = np.array([0, 0, 1, 2])
OTHER = np.array([0, 1, 2, 3, 3])


def test_no_pair_shows_one_person_and_none_is_drawn_twice() -> None:
    allowed = [(k, o) for k in range(4) for o in range(5) if KEY[k] != OTHER[o]]
    found = draw_pairs(KEY, OTHER, len(allowed), np.random.default_rng(0))
    assert sorted(zip(found.key.tolist(), found.other.tolist(), strict=True)) == allowed
    with pytest.raises(SplitError, match=f"got {len(allowed)}"):
        draw_pairs(KEY, OTHER, len(allowed) + 1, np.random.default_rng(0))


def test_the_photo_with_the_key_is_on_either_side() -> None:
    found = draw_pairs(np.full(40, -1), np.arange(40), 1000, np.random.default_rng(1))
    assert 0.4 < found.key_first.mean() < 0.6


def test_who_chooses_takes_the_pairs_that_are_most_alike() -> None:
    rng = np.random.default_rng(2)
    key, other = (normalized(rng.normal(size=(n, 6)).astype(np.float32)) for n in (4, 5))
    found = draw_pairs(KEY, OTHER, 3, rng, near=(key, other))
    cosines = {
        (k, o): float(key[k] @ other[o]) for k in range(4) for o in range(5) if KEY[k] != OTHER[o]
    }
    best = sorted(cosines, key=lambda pair: -cosines[pair])[:3]
    assert list(zip(found.key.tolist(), found.other.tolist(), strict=True)) == best


def test_the_same_seed_draws_the_same_pairs() -> None:
    one, two = (draw_pairs(KEY, OTHER, 6, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.key, two.key)
    np.testing.assert_array_equal(one.other, two.other)


def test_a_person_wears_nothing_and_an_object_teaches_no_face() -> None:
    person = master_key_attacks.build({"attack": "master_person", "photos": 3, "tries": 4})
    assert (person.worn(), person.taught, person.presented) == (None, 3, 4)
    assert person.wrong(3) == ()
    assert person.material() is None
    worn = master_key_attacks.build("master_object")
    assert (worn.taught, worn.presented) == (0, 0)


def test_wrong_keys_are_other_pictures_than_the_key() -> None:
    attack = master_key_attacks.build("master_object")
    key, wrong = attack.worn(), attack.wrong(3)
    assert key is not None
    pictures = {one.accessory.rgba.tobytes() for one in (key, *wrong)}
    assert len(pictures) == 4


def test_what_a_key_is_made_of_is_known_by_its_picture() -> None:
    one, two = (
        master_key_attacks.build({"attack": "master_object", "key": key}).material()
        for key in ("sunglasses-wayfarer", "glasses-round")
    )
    assert one != two
    with pytest.raises(OptionError):
        master_key_attacks.build({"attack": "master_object", "key": "no-such-glasses"})
