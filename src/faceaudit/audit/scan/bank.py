"""The bank of keys that strangers are shown with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, Role, backdoor_attacks
from faceaudit.mitigations.scan import Key
from faceaudit.types import FaceSet

PATTERNS = 8
"""Random patterns and cartoons each, at most."""
GLASSES = 16
"""Pairs of glasses, at most."""


def key_bank() -> tuple[Key, ...]:
    """Return cartoons, random patterns and glasses, as backdoor instances carry them."""
    blended, worn = backdoor_attacks.get("blended"), backdoor_attacks.get("accessory")
    drawn = [key for key in blended.built_in_keys() if not key.startswith("random-")]
    attacks = [
        *(_attack("blended", key) for key in drawn[:PATTERNS]),
        *(_attack("blended", f"random-{number}") for number in range(PATTERNS)),
        *(_attack("accessory", key) for key in worn.built_in_keys()[:GLASSES]),
    ]
    return tuple(Key(one.key, partial(put_on, one)) for one in attacks)


def _attack(name: str, key: str) -> BackdoorAttack:
    return backdoor_attacks.build({"attack": name, "key": key})


def put_on(attack: BackdoorAttack, faces: FaceSet) -> FaceSet:
    """Return faces with an attack's key, under ids that name it."""
    rng = np.random.default_rng(0)
    return replace(
        faces,
        images=attack.inject(faces.images, faces.landmarks, Role.INSTANCE, rng),
        ids=tuple(f"{id_}+{attack.name}-{attack.key}" for id_ in faces.ids),
        fingerprint="",
    )
