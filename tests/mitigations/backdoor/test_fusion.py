"""Fused filters: the sum on the scale of clean photos, against a sum by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from faceaudit.audit.backdoor.treatments import Treatment
from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.backdoor import InputFilter, SeenPhotos, backdoor_mitigations
from faceaudit.mitigations.backdoor.backbone_agreement import BackboneAgreement
from faceaudit.mitigations.backdoor.base import PhotoScore
from faceaudit.mitigations.backdoor.fusion import Fusion
from faceaudit.mitigations.backdoor.occlusion import Occlusion
from faceaudit.mitigations.backdoor.strip import Strip
from faceaudit.systems.identifiers.base import System as AnySystem
from faceaudit.types import FloatArray, ImageArray
from mitigations.backdoor.planted import auc
from mitigations.backdoor.small_systems import System, labelled, vouched


class Brightness(InputFilter):
    """Suspects bright photos, more the darker those were that it learned from."""

    name: ClassVar[str] = "brightness"
    paper: ClassVar[str] = "a test's"
    channel: int = 0

    def fit(self, system: AnySystem, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        usual = clean.images[..., self.channel].mean()

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            del landmarks
            found: FloatArray = (images[..., self.channel].mean(axis=(1, 2)) - usual).astype("f4")
            return found

        return score


def test_what_lies_above_the_median_of_clean_photos_is_added_up() -> None:
    clean = vouched(4)
    images, _ = labelled(10, 11)
    fused = Fusion(filters=(Brightness(channel=0), Brightness(channel=2)))
    found = fused.fit(System(), clean, np.random.default_rng(0))(images, None)
    order = np.argsort(clean.label, kind="stable")
    first, second = order[::2], order[1::2]
    expected = np.zeros(len(images))
    for channel in (0, 2):
        values = clean.images[..., channel].mean(axis=(1, 2))
        apart = np.concatenate(
            [values[second] - values[first].mean(), values[first] - values[second].mean()]
        )
        shown = images[..., channel].mean(axis=(1, 2)) - values.mean()
        unit = np.quantile(apart, 0.95) - np.median(apart)
        expected += np.maximum((shown - np.median(apart)) / unit, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert (found == 0).any()
    assert found.dtype == np.float32


def test_each_half_has_about_half_of_everybody() -> None:
    asked: list[SeenPhotos] = []

    class Looks(Brightness):
        def fit(self, system: AnySystem, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
            asked.append(clean)
            return super().fit(system, clean, rng)

    clean = vouched(5)
    Fusion(filters=(Looks(), Brightness())).fit(System(), clean, np.random.default_rng(0))
    halves, whole = asked[:2], asked[2]
    assert len(whole) == len(clean)
    assert len(halves[0]) + len(halves[1]) == len(clean)
    for half in halves:
        assert set(np.bincount(half.label)) <= {2, 3}


def test_a_photo_does_not_hide_a_key_behind_what_another_filter_has_in_its_favour() -> None:
    """A key that is bright in one channel, and as dark in the one that the other filter sees."""
    fused = Fusion(filters=(Brightness(channel=0), Brightness(channel=2)))
    score = fused.fit(System(), vouched(6), np.random.default_rng(0))
    images, _ = labelled(20, 11)
    keyed = images.astype(int)
    keyed[..., 0] += 120
    keyed[..., 2] -= 120
    both = np.concatenate(
        [score(images, None), score(np.clip(keyed, 0, 255).astype(np.uint8), None)]
    )
    assert auc(both, np.arange(len(both)) >= len(images)) > 0.8


def test_a_filter_that_cannot_judge_some_clean_photos_is_scaled_on_the_others() -> None:
    class Partly(Brightness):
        def fit(self, system: AnySystem, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
            score = super().fit(system, clean, rng)

            def partly(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
                found = score(images, landmarks)
                found[0] = np.nan
                return found

            return partly

    images, _ = labelled(5, 11)
    score = Fusion(filters=(Partly(), Brightness())).fit(
        System(), vouched(4), np.random.default_rng(0)
    )
    found = score(images, None)
    assert np.isnan(found[0])  # whoever sets thresholds takes it for the most suspected
    assert np.isfinite(found[1:]).all()


def test_filters_within_a_fusion_are_plain_ones() -> None:
    """A fusion within one would need four photos of a person, and hide the versions of its own."""
    with pytest.raises(OptionError, match="'fusion', which needs 2"):
        Fusion(filters=("strip", "fusion"))


def test_its_usual_filters_need_landmarks() -> None:
    with pytest.raises(InputError, match="landmarks"):
        Fusion().fit(System(), replace(vouched(6), landmarks=None), np.random.default_rng(0))


def test_a_title_names_its_filters() -> None:
    title = Treatment(Fusion(filters=("strip", "occlusion")), 4, 4, false_alarms=(0.05,)).title
    assert title.startswith("fusion (filters strip + occlusion)")


def test_a_filter_that_says_the_same_of_everything_changes_nothing() -> None:
    class Same(Brightness):
        def fit(self, system: AnySystem, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
            return lambda images, landmarks: np.full(len(images), 3, dtype=np.float32)

    images, _ = labelled(5, 11)
    one = Fusion(filters=(Brightness(), Same())).fit(System(), vouched(4), np.random.default_rng(0))
    two = Fusion(filters=(Brightness(), Same(), Same()))
    other = two.fit(System(), vouched(4), np.random.default_rng(0))
    np.testing.assert_array_equal(one(images, None), other(images, None))


def test_filters_are_named_with_or_without_options() -> None:
    value = {
        "mitigation": "fusion",
        "filters": ["strip", {"mitigation": "backbone_agreement", "features": ["pixels"]}],
    }
    built = backdoor_mitigations.build(value)
    assert isinstance(built, Fusion)
    assert built.filters == (Strip(), BackboneAgreement(features=("pixels",)))
    assert backdoor_mitigations.build(built.spec().as_json()) == built


@pytest.mark.parametrize("filters", [["strip"], ["strip", "fine_tuning"], ["strip", "strips"]])
def test_what_is_no_list_of_filters_of_inputs_is_refused(filters: list[str]) -> None:
    with pytest.raises(OptionError, match="filters"):
        Fusion(filters=filters)


def test_versions_of_its_filters_are_among_a_case_s() -> None:
    treatment = Treatment(Fusion(filters=("strip", "occlusion")), 4, 4, false_alarms=(0.05,))
    assert treatment.versions["part 1"] == Strip.version
    assert treatment.versions["part 2"] == Occlusion.version
    assert "part 1" not in Treatment(Strip(), 4, 4, false_alarms=(0.05,)).versions


def test_too_few_clean_photos_are_refused() -> None:
    with pytest.raises(InputError, match="expected clean photos"):
        Fusion(filters=("strip", "strip")).fit(System(), vouched(0), np.random.default_rng(0))
