"""STRIP: entropies against SciPy, and keys against clean photos."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor import strip
from faceaudit.mitigations.backdoor.strip import Strip, entropies
from faceaudit.types import FloatArray, ImageArray, IntArray
from mitigations.backdoor.planted import auc
from mitigations.backdoor.small_systems import TARGET, System, labelled, vouched, with_key


def test_entropies_are_those_of_scipy() -> None:
    logits = np.random.default_rng(0).normal(0, 9, (20, 7)).astype(np.float32)
    logits[0] = [900, 0, 0, 0, 0, 0, 0]
    expected = entropy(softmax(logits.astype(np.float64), axis=1), base=2, axis=1)
    np.testing.assert_allclose(entropies(logits), expected, atol=1e-6)


def scores(overlays: int = 16):  # type: ignore[no-untyped-def]
    score = Strip(overlays=overlays, ratio=0.4).fit(System(), vouched(6), np.random.default_rng(0))
    images, label = labelled(20, 11)
    return score, images[label != TARGET]


def test_photos_with_a_strong_key_are_suspected() -> None:
    score, images = scores()
    clean, keyed = score(images, None), score(with_key(images), None)
    both = np.concatenate([clean, keyed])
    assert auc(both, np.arange(len(both)) >= len(clean)) > 0.8


def test_clean_photos_without_a_key_are_at_chance() -> None:
    score, images = scores()
    both = score(images, None)
    assert abs(auc(both, np.arange(len(both)) % 2 == 0) - 0.5) < 0.15


def test_each_photo_is_scored_by_itself_and_stays_as_it_is() -> None:
    score, images = scores(overlays=3)
    before = images.copy()
    whole = score(images, None)
    parts = np.concatenate([score(images[:7], None), score(images[7:], None)])
    np.testing.assert_allclose(whole, parts, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(images, before)
    assert whole.dtype == np.float32


def test_no_more_blends_are_held_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Counted(System):
        def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
            asked.append(images.size)
            return super().logits(images, rows)

    monkeypatch.setattr(strip, "ENTRIES", 20_000)
    score = Strip(overlays=8, ratio=0.4).fit(Counted(), vouched(6), np.random.default_rng(0))
    images, _ = labelled(2, 11)
    found = score(images, None)
    assert max(asked) <= 20_000
    assert len(asked) == 4  # three of 12 photos at a time, eight blends of 16 x 16 x 3 each
    monkeypatch.undo()
    np.testing.assert_allclose(found, score(images, None), rtol=1e-4, atol=1e-5)


def test_without_clean_photos_it_is_refused() -> None:
    with pytest.raises(InputError, match="expected clean photos"):
        Strip().fit(System(), vouched(0), np.random.default_rng(0))
