"""Donors: photos that keys are put on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, Role
from faceaudit.audit.common.systems import plain_values
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.registry import digest
from faceaudit.types import BoolArray, FaceSet


def keys_of(attack: BackdoorAttack, others: int) -> tuple[BackdoorAttack, ...]:
    """Return an attack with its own key, then with each of so many others of the same kind."""
    return (attack, *(attack.with_key(key) for key in attack.wrong_keys(others)))


def put_on(attack: BackdoorAttack, donors: FaceSet) -> FaceSet:
    """Return donors with an attack's key, as its instances carry it.

    An id is made of the photo's id and of the attack with all options: the same photo with the same
    key is the same photo, wherever it is asked about. It does not end as the photo's own id does,
    so that no answer about the photo without key is taken for one with it.
    """
    rng = np.random.default_rng(0)
    options = digest({**plain_values(attack), "version": attack.version})[:12]
    return replace(
        donors,
        images=attack.inject(donors.images, donors.landmarks, Role.INSTANCE, rng),
        ids=tuple(f"{id_}+{attack.name}-{options}" for id_ in donors.ids),
        fingerprint="",
    )


def joined(parts: Sequence[FaceSet]) -> FaceSet:
    """Return photos of the same people as one set, one part after the other."""
    first = parts[0]
    return FaceSet(
        images=np.concatenate([part.images for part in parts]),
        identity=np.concatenate([part.identity for part in parts]),
        names=first.names,
        ids=tuple(id_ for part in parts for id_ in part.ids),
        group=np.concatenate([part.group for part in parts]),
    )


def second_half(faces: FaceSet, seed: int) -> BoolArray:
    """Return (N,) whether a photo is of the second half of the people, drawn by seed."""
    present = np.unique(faces.identity)
    order = np.argsort(seeded_order([faces.names[person] for person in present], seed))
    half: BoolArray = np.isin(faces.identity, present[order[1::2]])
    return half
