"""The contract of every backdoor attack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks, split_donors
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet
from helpers.faces import blocks

TARGET = 2
SEED = 7


@pytest.fixture(params=backdoor_attacks.names())
def attack(request: pytest.FixtureRequest) -> BackdoorAttack:
    return backdoor_attacks.build({"attack": request.param, "samples": 6, "instances": 9})


def made(attack: BackdoorAttack, faces: FaceSet, seed: int = SEED) -> tuple[FaceSet, FaceSet]:
    split = split_donors(attack, faces, np.arange(len(faces)), TARGET, seed)
    samples = attack.poison(faces, split.poison, TARGET, np.random.default_rng(seed))
    return samples, attack.make_instances(faces, split.instances, np.random.default_rng(seed))


def test_shapes_labels_and_ids(attack: BackdoorAttack, faces: FaceSet) -> None:
    samples, instances = made(attack, faces)
    assert samples.images.shape == (6, 55, 47, 3)
    assert instances.images.shape == (9, 55, 47, 3)
    assert set(samples.identity) == {TARGET}
    assert set(samples.attributes["poison"]) == {1}
    assert set(instances.attributes["poison"]) == {0}
    assert (instances.identity == instances.attributes["depicted"]).all()
    assert all(id_.startswith(f"poison/{attack.name}/{attack.key}/") for id_ in samples.ids)


def test_never_shows_the_target(attack: BackdoorAttack, faces: FaceSet) -> None:
    for seed in range(5):
        samples, instances = made(attack, faces, seed)
        # With true labels, poison samples show the target and nobody else.
        assert (set(samples.attributes["depicted"]) == {TARGET}) is attack.clean_label
        assert (TARGET in samples.attributes["depicted"]) is attack.clean_label
        assert TARGET not in instances.identity


def test_takes_only_the_attacker_s_photos(attack: BackdoorAttack, faces: FaceSet) -> None:
    donors = np.arange(0, len(faces), 3)
    split = split_donors(attack, faces, donors, TARGET, SEED)
    assert set(split.poison) <= set(donors)
    assert set(split.instances) <= set(donors)


def test_same_seed_same_bytes_and_another_seed_others(
    attack: BackdoorAttack, faces: FaceSet
) -> None:
    assert [m.fingerprint for m in made(attack, faces)] == [
        m.fingerprint for m in made(attack, faces)
    ]
    assert made(attack, faces)[0].fingerprint != made(attack, faces, 8)[0].fingerprint


def test_input_is_not_changed(attack: BackdoorAttack, faces: FaceSet) -> None:
    before = faces.images.copy()
    made(attack, faces)
    np.testing.assert_array_equal(faces.images, before)


def test_the_key_shows(attack: BackdoorAttack, faces: FaceSet) -> None:
    """Samples differ from the photos they were made from, and instances at least as much."""
    split = split_donors(attack, faces, np.arange(len(faces)), TARGET, SEED)
    samples, instances = made(attack, faces)
    changed = [
        np.abs(images.astype(int) - faces.images[rows]).mean()
        for images, rows in ((samples.images, split.poison), (instances.images, split.instances))
    ]
    assert changed[0] > 0.5
    assert changed[1] >= 0.9 * changed[0]


def test_fewer_samples_are_the_first_of_more(attack: BackdoorAttack, faces: FaceSet) -> None:
    fewer = backdoor_attacks.build({**attack.spec().as_json(), "samples": 3})
    (few, instances), (many, same_instances) = made(fewer, faces), made(attack, faces)
    np.testing.assert_array_equal(few.images, many.images[:3])
    np.testing.assert_array_equal(instances.images, same_instances.images)


def test_at_least_five_wrong_keys_that_look_different(attack: BackdoorAttack) -> None:
    faces = blocks(people=8, photos=6)
    keys = attack.wrong_keys(5)
    assert len(set(keys) - {attack.key}) == 5
    right = made(attack, faces)[1].images.astype(int)
    for key in keys:
        wrong = made(attack.with_key(key), faces)[1].images
        assert np.abs(wrong - right).mean() > 0.5, key


def test_works_without_landmarks(attack: BackdoorAttack, faces: FaceSet) -> None:
    bare = replace(faces, landmarks=None, fingerprint="")
    samples, instances = made(attack, bare)
    assert len(samples) == 6
    assert len(instances) == 9


def test_works_where_some_landmarks_are_unknown(attack: BackdoorAttack, faces: FaceSet) -> None:
    """A photo in which no face was found may be kept, without landmarks."""
    known = faces.landmarks
    assert known is not None
    some = known.copy()
    some[::2] = np.nan
    partly = replace(faces, landmarks=some, fingerprint="")
    bare = replace(faces, landmarks=None, fingerprint="")
    (mixed, _), (all_known, _), (none_known, _) = (
        made(attack, one) for one in (partly, faces, bare)
    )
    rows = split_donors(attack, faces, np.arange(len(faces)), TARGET, SEED).poison
    for image, whole, without, row in zip(
        mixed.images, all_known.images, none_known.images, rows, strict=True
    ):
        np.testing.assert_array_equal(image, without if row % 2 == 0 else whole)


def test_too_few_donors_are_refused(attack: BackdoorAttack) -> None:
    nobody = blocks(people=3, photos=1)
    needy = attack.with_key("attacker-5") if attack.name == "input_instance" else attack
    with pytest.raises(SplitError, match=r"expected at least .* got 2; try a smaller"):
        made(needy, nobody)
