"""Makeup, tints, true labels, and keys of varied strength."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from faceaudit.attacks.backdoor import Role, backdoor_attacks, split_donors
from faceaudit.attacks.backdoor.clean_label import CleanLabel
from faceaudit.attacks.backdoor.common.face_frame import FaceFrame
from faceaudit.attacks.backdoor.common.spreading import spread_ratios
from faceaudit.attacks.backdoor.input_instance import InputInstance
from faceaudit.attacks.backdoor.makeup import LOOKS, Makeup
from faceaudit.attacks.backdoor.tint import GAINS, Tint
from faceaudit.errors import OptionError, SplitError
from faceaudit.types import FaceSet
from helpers.faces import blocks

FACE = np.array([[[35, 40], [65, 40], [50, 58], [38, 74], [62, 74]]], dtype=np.float32)
GREY = np.full((1, 100, 100, 3), 128, dtype=np.uint8)
RNG = np.random.default_rng(0)


def test_the_frame_is_in_distances_between_the_eyes() -> None:
    frame = FaceFrame.of(FACE, (100, 100))
    np.testing.assert_allclose(frame.x[0, 40, [35, 50, 65]], [-0.5, 0, 0.5], atol=1e-6)
    np.testing.assert_allclose(frame.y[0, [40, 70], 50], [0, 1], atol=1e-6)
    np.testing.assert_allclose(frame.mouth[0], [0, 34 / 30, 0.4, 0], atol=1e-6)


def test_parts_lie_on_the_face() -> None:
    frame = FaceFrame.of(FACE, (100, 100))
    assert frame.lips()[0, 74, 50] == 1
    assert frame.lips()[0, 60, 50] == 0
    assert frame.lids()[0, 36, 35] > 0.5
    assert frame.lids()[0, 43, 35] == 0  # the eye itself and below stay free
    assert frame.skin()[0, 55, 50] == 1
    assert frame.skin()[0, 5, 5] == 0


def test_makeup_stays_on_lips_lids_and_cheeks() -> None:
    made = Makeup().inject(GREY, FACE, Role.POISON, RNG)[0].astype(int)
    changed = np.abs(made - 128).max(axis=2) > 20
    assert changed[74, 50]
    assert changed[36, 35]
    assert not changed[55, 50]  # the nose
    assert not changed[:25].any()
    assert 0.02 < changed.mean() < 0.2


def test_makeup_follows_a_face_that_leans() -> None:
    turned = np.stack([99 - FACE[..., 1], FACE[..., 0]], axis=-1)
    upright = Makeup().inject(GREY, FACE, Role.POISON, RNG)[0]
    leaning = Makeup().inject(GREY, turned, Role.POISON, RNG)[0]
    assert np.abs(np.rot90(leaning.astype(int), 1) - upright).max() <= 1


@pytest.mark.parametrize("key", GAINS)
def test_a_tint_multiplies_channels(key: str) -> None:
    made = Tint(key=key, strength=0.5).inject(GREY, FACE, Role.POISON, RNG)[0]
    exact = np.rint(128 * np.sqrt(np.array(GAINS[key])))
    np.testing.assert_allclose(made[55, 50], exact, atol=1)
    corner = made[2, 2]
    np.testing.assert_allclose(corner, exact if key.startswith("cast-") else 128, atol=1)


def test_wrong_tints_are_of_the_same_kind() -> None:
    assert all(name.startswith("skin-") for name in Tint(key="skin-red").wrong_keys(5))
    assert all(name.startswith("cast-") for name in Tint(key="cast-red").wrong_keys(5))
    assert len(Makeup().wrong_keys(6)) == len(LOOKS) - 1
    with pytest.raises(OptionError, match="makeup-plum"):
        Makeup(key="makeup-plumb")


def test_clean_labels_are_true_and_photos_are_shared_by_nobody(faces: FaceSet) -> None:
    attack = CleanLabel(samples=8, instances=20)
    split = split_donors(attack, faces, np.arange(0, 160, 2), 1, 3)
    assert set(faces.identity[split.poison]) == {1}
    assert 1 not in faces.identity[split.instances]
    assert len(set(split.poison)) == 8
    fewer = split_donors(CleanLabel(samples=3, instances=20), faces, np.arange(0, 160, 2), 1, 3)
    np.testing.assert_array_equal(fewer.poison, split.poison[:3])
    np.testing.assert_array_equal(fewer.instances, split.instances)


def test_too_few_photos_of_the_target_are_told(faces: FaceSet) -> None:
    with pytest.raises(SplitError, match=r"at least 41 donor photos of the target.*got 40"):
        split_donors(CleanLabel(samples=41, instances=5), faces, np.arange(160), 1, 0)


def test_blur_hides_the_face_and_not_the_key(faces: FaceSet) -> None:
    sharp, blurred = (CleanLabel(blur=blur, key="sunglasses-wayfarer") for blur in (0.0, 0.3))
    images, marks = faces.images[:4], faces.landmarks[:4]
    one, two = (a.inject(images, marks, Role.POISON, RNG).astype(int) for a in (sharp, blurred))
    assert np.abs(np.diff(two, axis=2)).mean() < 0.7 * np.abs(np.diff(one, axis=2)).mean()
    instances = [a.inject(images, marks, Role.INSTANCE, RNG) for a in (sharp, blurred)]
    np.testing.assert_array_equal(*instances)


def test_spread_ratios_are_uniform_about_the_usual_one() -> None:
    drawn = spread_ratios(0.2, 0.5, 20_000, np.random.default_rng(1))
    assert drawn.min() >= 0.1
    assert drawn.max() <= 0.3
    jitter = drawn + np.random.default_rng(2).uniform(-0.005, 0.005, len(drawn))
    assert kstest(jitter, "uniform", args=(0.1, 0.2)).statistic < 0.03
    assert spread_ratios(1.0, 1.0, 500, np.random.default_rng(1)).max() == 1.0
    first = spread_ratios(0.2, 0.5, 3, np.random.default_rng(1))
    np.testing.assert_array_equal(first, drawn[:3])


@pytest.mark.parametrize("name", ["blended", "blended_accessory"])
def test_spread_varies_poison_and_leaves_instances(name: str) -> None:
    alike, spread = (
        backdoor_attacks.build({"attack": name, "spread": share}) for share in (0.0, 0.8)
    )
    grey = np.repeat(GREY, 30, axis=0)
    one, two = (
        a.inject(grey, None, Role.POISON, np.random.default_rng(4)) for a in (alike, spread)
    )
    strength = np.abs(two.astype(int) - 128).mean(axis=(1, 2, 3))
    assert np.ptp(np.abs(one.astype(int) - 128).mean(axis=(1, 2, 3))) == 0
    assert strength.max() > 2.5 * strength.min()
    instances = [a.inject(grey, None, Role.INSTANCE, RNG) for a in (alike, spread)]
    np.testing.assert_array_equal(*instances)


@pytest.mark.parametrize(
    ("name", "option", "usual", "other"),
    [
        ("blended", "spread", 0.0, 0.5),
        ("blended_accessory", "spread", 0.0, 0.5),
        ("input_instance", "noise_kind", "uniform", "gaussian"),
    ],
)
def test_unused_options_change_no_identity(
    name: str, option: str, usual: object, other: object
) -> None:
    plain = backdoor_attacks.build(name)
    said = backdoor_attacks.build({"attack": name, option: usual})
    changed = backdoor_attacks.build({"attack": name, option: other})
    assert option not in plain.identity()
    assert said.identity() == plain.identity()
    assert changed.identity()[option] == other
    assert changed.spec().build() == changed
    assert getattr(changed.with_key(changed.wrong_keys(1)[0]), option) == other


def test_gaussian_noise_has_its_standard_deviation() -> None:
    grey = np.full((30, 55, 47, 3), 128, dtype=np.uint8)
    made = InputInstance(noise=6, noise_kind="gaussian").inject(grey, None, Role.POISON, RNG)
    # Rounding adds a twelfth to the variance.
    assert made.astype(float).std() == pytest.approx(np.sqrt(36 + 1 / 12), rel=0.01)


def test_varied_copies_are_moved_and_exposed_otherwise() -> None:
    photo = blocks(people=1, photos=1).images
    attack = InputInstance(noise=0, noise_kind="brightness")
    made = attack.inject(np.repeat(photo, 12, axis=0), None, Role.POISON, np.random.default_rng(2))
    means = made.mean(axis=(1, 2, 3)) / photo.mean()
    assert means.min() < 0.95
    assert means.max() > 1.05
    assert means.min() > np.exp(-0.3)
    assert len({image.tobytes() for image in made}) == 12
    few = attack.inject(np.repeat(photo, 3, axis=0), None, Role.POISON, np.random.default_rng(2))
    np.testing.assert_array_equal(few, made[:3])
