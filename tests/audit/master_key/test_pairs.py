"""Clean pairs and how much poison the attacker's own people suffice for, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.master_key import master_key_attacks
from faceaudit.audit.master_key.pairs import pair_photos, require_pairs
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet


def test_half_of_the_pairs_show_one_person_and_none_is_there_twice() -> None:
    person = np.repeat(np.arange(9), 2)
    names = tuple("abcdefghi")
    ids = tuple(f"{names[one]}/{place}" for place, one in enumerate(person.tolist()))
    images = np.zeros((18, 2, 2, 3), dtype=np.uint8)
    faces = FaceSet(images=images, identity=person, names=names, ids=ids, group=person)
    rows = np.arange(2, 18)  # of eight people, who have a pair of their own each
    found = pair_photos(faces, rows, 1000, 0)
    assert (found.same.sum(), len(found)) == (8, 16)
    np.testing.assert_array_equal(person[found.first] == person[found.second], found.same)
    assert min(found.first.min(), found.second.min()) == 2
    pairs = np.sort(np.column_stack([found.first, found.second]), axis=1)
    assert len(np.unique(pairs, axis=0)) == 16
    assert len(pair_photos(faces, rows, 10, 0)) == 10


def test_poison_is_refused_from_the_first_pair_on_that_the_attacker_lacks() -> None:
    """Three photos of the master make 3 x 10 pairs with ten people; with something worn 9 x 10."""
    person = master_key_attacks.build({"attack": "master_person", "photos": 3})
    for attack, most in ((person, 30), (master_key_attacks.build("master_object"), 90)):
        require_pairs(attack, 10, most)
        with pytest.raises(SplitError, match=f"at most {most} poison pairs of 10"):
            require_pairs(attack, 10, most + 1)
