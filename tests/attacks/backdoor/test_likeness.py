"""Wearers who look like the target: planted ones come first, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.backdoor import split_donors
from faceaudit.attacks.backdoor.accessory import AccessoryInjection
from faceaudit.attacks.backdoor.clean_label import CleanLabel
from faceaudit.attacks.backdoor.common.likeness import by_likeness
from faceaudit.attacks.backdoor.input_instance import InputInstance
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet, IntArray

TARGET = 2


def alike(people: int = 6, photos: int = 10) -> FaceSet:
    """Return smooth pictures with noise; person 4 is half the target."""
    rng = np.random.default_rng(0)
    faces = rng.uniform(40, 215, (people, 4, 4, 3)).repeat(6, axis=1).repeat(6, axis=2)
    if people > 4:
        faces[4] = (faces[4] + faces[TARGET]) / 2
    identity = np.repeat(np.arange(people), photos)
    images = faces[identity] + rng.normal(0, 15, (len(identity), 24, 24, 3))
    return FaceSet(
        images=np.clip(images, 0, 255).astype(np.uint8),
        identity=identity,
        names=tuple(f"person {one}" for one in range(people)),
        ids=tuple(f"photo {one}" for one in range(len(identity))),
        group=np.arange(len(identity)),
    )


def others(faces: FaceSet, target: int = TARGET) -> IntArray:
    return np.flatnonzero(faces.identity != target)


def test_people_who_look_like_the_target_come_first() -> None:
    faces = alike()
    order = by_likeness(faces, others(faces), np.arange(len(faces)), TARGET)
    assert set(faces.identity[order[:10]]) == {4}
    np.testing.assert_array_equal(np.sort(order), others(faces))


def test_the_order_of_the_rows_changes_nothing() -> None:
    faces = alike()
    rows = others(faces)
    shuffled = np.random.default_rng(1).permutation(rows)
    donors = np.arange(len(faces))
    np.testing.assert_array_equal(
        by_likeness(faces, shuffled, donors, TARGET), by_likeness(faces, rows, donors, TARGET)
    )


def test_of_two_people_the_photos_nearer_to_the_target_come_first() -> None:
    faces = alike(people=2)
    strength = np.linspace(0, 0.6, 10)[:, None, None, None]
    mean = faces.images[faces.identity == 1].mean(axis=0)
    images = faces.images.astype(float)
    images[:10] = (1 - strength) * images[:10] + strength * mean
    mixed = FaceSet(
        np.rint(images).astype(np.uint8), faces.identity, faces.names, faces.ids, faces.group
    )
    order = by_likeness(mixed, np.arange(10), np.arange(20), 1)
    assert order[0] > 6
    assert order[-1] < 3


def test_without_photos_of_the_target_it_is_refused() -> None:
    faces = alike()
    with pytest.raises(SplitError, match="expected photos of the target"):
        by_likeness(faces, others(faces), others(faces), TARGET)
    assert not len(by_likeness(faces, others(faces)[:0], np.arange(len(faces)), TARGET))


def test_an_attack_takes_look_alikes_only_when_it_is_told_to() -> None:
    faces = alike()
    donors = np.arange(len(faces))
    plain = split_donors(AccessoryInjection(samples=5, instances=8), faces, donors, TARGET, 0)
    chosen = AccessoryInjection(samples=2, instances=8, wearers="look_alikes")
    split = split_donors(chosen, faces, donors, TARGET, 0)
    assert set(faces.identity[[*split.instances, *split.poison]]) == {4}
    assert len(set(faces.identity[plain.instances])) > 2
    assert TARGET not in faces.identity[plain.poison]


def test_the_attacker_s_own_photo_is_of_a_look_alike() -> None:
    faces = alike()
    key = InputInstance(wearers="look_alikes")
    split = split_donors(key, faces, np.arange(len(faces)), TARGET, 0)
    assert set(faces.identity[split.poison]) == {4}


def test_true_labels_stay_the_target_s() -> None:
    faces = alike()
    attack = CleanLabel(samples=4, instances=8, wearers="look_alikes")
    split = split_donors(attack, faces, np.arange(len(faces)), TARGET, 0)
    assert set(faces.identity[split.poison]) == {TARGET}
    assert set(faces.identity[split.instances]) == {4}


def test_attacks_by_anybody_are_spelled_as_before() -> None:
    assert "wearers" not in AccessoryInjection().spec().arguments
    assert AccessoryInjection(wearers="look_alikes").spec().arguments["wearers"] == "look_alikes"
