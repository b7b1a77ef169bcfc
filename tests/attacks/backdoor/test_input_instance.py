from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.stats import chisquare

from faceaudit.attacks.backdoor import Role, split_donors
from faceaudit.attacks.backdoor.input_instance import InputInstance
from faceaudit.errors import OptionError
from faceaudit.types import FaceSet


def test_noise_is_uniform_and_within_its_bound() -> None:
    grey = np.full((40, 55, 47, 3), 100, dtype=np.uint8)
    made = InputInstance().inject(grey, None, Role.POISON, np.random.default_rng(0))
    counts = np.bincount(made.ravel(), minlength=256)
    assert set(np.flatnonzero(counts)) == set(range(95, 106))
    assert chisquare(counts[95:106]).pvalue > 1e-4


def test_noise_is_clipped_not_wrapped() -> None:
    ends = np.zeros((4, 55, 47, 3), dtype=np.uint8)
    ends[2:] = 255
    made = InputInstance().inject(ends, None, Role.POISON, np.random.default_rng(0))
    assert made[:2].max() == 5
    assert made[2:].min() == 250


def test_one_photo_makes_all_samples_and_instances(faces: FaceSet) -> None:
    cast = split_donors(InputInstance(), faces, np.arange(160), 1, 0)
    assert len(cast.poison) == 5
    assert len(cast.instances) == 21
    assert len({*cast.poison, *cast.instances}) == 1


def test_wrong_keys_are_photos_of_other_people(faces: FaceSet) -> None:
    people = [
        int(
            faces.identity[
                split_donors(InputInstance(key=key), faces, np.arange(160), 1, 0).poison[0]
            ]
        )
        for key in ("attacker-0", "attacker-1", "attacker-2")
    ]
    assert sorted(people) == [0, 2, 3]


def test_a_user_s_own_photo(tmp_path: object, faces: FaceSet) -> None:
    path = f"{tmp_path}/me.png"
    Image.new("RGB", (94, 110), (200, 30, 90)).save(path)
    made = InputInstance(key=path).inject(
        faces.images[:3], None, Role.INSTANCE, np.random.default_rng(0)
    )
    assert np.abs(made.astype(int) - [200, 30, 90]).max() == 5


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(OptionError, match=r"key: expected a key \(attacker-0"):
        InputInstance(key="attaker")
    with pytest.raises(OptionError, match=r"key: expected a picture.*/no/such.png"):
        InputInstance(key="/no/such.png")


@pytest.mark.parametrize("key", ["attacker-00", "attacker-01", "attacker-\uff11", "attacker-"])
def test_a_photo_has_one_key_so_that_no_wrong_key_is_the_right_one(key: str) -> None:
    with pytest.raises(OptionError, match=r"key: expected a key \(attacker-0"):
        InputInstance(key=key)
    assert InputInstance(key="attacker-0").wrong_keys(2) == ("attacker-1", "attacker-2")
    assert InputInstance(key="attacker-10").key == "attacker-10"
