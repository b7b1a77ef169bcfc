"""Attacks on enrolment, each on a few people."""

from __future__ import annotations

import numpy as np
import pytest

from attacks.enrolment.known import EYES, SIZE, surrogates
from faceaudit.attacks.enrolment import KeyAttack, UpdateAttack, enrolment_attacks
from faceaudit.errors import FaceAuditError, InputError
from helpers.faces import blocks

QUICK = {"steps": 2, "batch": 4}
KEYS = [
    "plain_glasses",
    "sticker",
    "blended_key",
    {"attack": "optimised_glasses", **QUICK},
    {"attack": "forehead_patch", **QUICK},
    {"attack": "faithful_glasses", **QUICK},
]


def _key(spelled: object) -> KeyAttack:
    attack = enrolment_attacks.build(spelled)  # type: ignore[arg-type]
    assert isinstance(attack, KeyAttack)
    return attack


@pytest.mark.parametrize("spelled", KEYS)
def test_a_key_changes_the_face_and_wrong_ones_change_it_otherwise(spelled: object) -> None:
    attack, rng = _key(spelled), np.random.default_rng(0)
    hand = surrogates(attack.networks_in_hand) if attack.networks_in_hand else None
    key = attack.make(hand, rng)
    wrong = attack.wrong_keys(key, 2, rng)
    photos = blocks(people=3, photos=1, size=SIZE).images
    eyes = np.broadcast_to(np.array(EYES, dtype=np.float32), (3, 2, 2)).copy()
    worn = [one.put_on(photos, eyes) for one in (key, *wrong)]
    assert all(not np.array_equal(one, photos) for one in worn)
    assert not np.array_equal(worn[0], worn[1])
    assert not np.array_equal(worn[1], worn[2])
    assert photos.tobytes() == blocks(people=3, photos=1, size=SIZE).images.tobytes()


def test_keys_without_a_network_in_hand_need_nobody_s_photos() -> None:
    assert [_key(one).networks_in_hand for one in KEYS] == [0, 0, 0, 1, 1, 1]


def test_wrong_glasses_are_other_pairs_and_wrong_patterns_have_the_same_outline() -> None:
    rng = np.random.default_rng(0)
    attack = _key({"attack": "optimised_glasses", **QUICK})
    key = attack.make(surrogates(), rng)
    for one in attack.wrong_keys(key, 2, rng):
        np.testing.assert_array_equal(one.accessory.rgba[..., 3], key.accessory.rgba[..., 3])
        assert one.opacity == key.opacity


def test_a_faint_pattern_is_searched_for_and_worn_faintly() -> None:
    attack = _key({"attack": "optimised_glasses", "opacity": 0.4, **QUICK})
    assert attack.make(surrogates(), np.random.default_rng(0)).opacity == 0.4


def test_more_networks_than_are_in_hand_are_refused() -> None:
    attack = _key({"attack": "optimised_glasses", "networks": 2, **QUICK})
    with pytest.raises(InputError, match="expected 2 networks in hand, got 1"):
        attack.make(surrogates(1), np.random.default_rng(0))


@pytest.mark.parametrize("name", ["plain_glasses", "optimised_glasses", "blended_key"])
def test_a_misspelt_key_is_refused(name: str) -> None:
    option = "shape" if name == "optimised_glasses" else "key"
    with pytest.raises(FaceAuditError):
        enrolment_attacks.build({"attack": name, option: "glasses-sqare"})


def test_mixtures_go_in_equal_steps_from_the_victim_to_the_attacker() -> None:
    attack = enrolment_attacks.build({"attack": "template_update_drift", "photos": 4})
    assert isinstance(attack, UpdateAttack)
    own, victim = (np.full((2, 3, 3, 3), value, dtype=np.uint8) for value in (200, 100))
    shown = attack.shown(own, victim)
    assert [int(one.max()) for one in shown] == [125, 150, 175, 200]
    np.testing.assert_array_equal(shown[-1], own)
