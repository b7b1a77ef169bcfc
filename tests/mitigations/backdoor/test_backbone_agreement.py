"""Features that saw no poison against what the system says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from faceaudit.errors import InputError
from faceaudit.faces.hand_made import gradients, pixels
from faceaudit.mitigations.backdoor.backbone_agreement import BackboneAgreement
from mitigations.backdoor.planted import auc
from mitigations.backdoor.small_systems import TARGET, System, labelled, vouched, with_key


@pytest.mark.parametrize("features", [("pixels",), ("gradients",), ("pixels", "gradients")])
def test_whoever_carries_the_key_is_told_to_be_somebody_else(features: tuple[str, ...]) -> None:
    member = BackboneAgreement(features=features)
    score = member.fit(System(), vouched(8), np.random.default_rng(0))
    images, label = labelled(20, 11)
    others = images[label != TARGET]
    both = np.concatenate([score(images, None), score(with_key(others), None)])
    assert auc(both, np.arange(len(both)) >= len(images)) > 0.9
    assert ((both >= -1) & (both <= 1)).all()
    assert both.dtype == np.float32


def test_the_nearest_person_is_that_of_linear_discriminants() -> None:
    """scikit-learn's discriminants, with the same shrinkage, name the person with a score below 0.

    Only where the system names that person: the score is that of whom it names.
    """
    clean = vouched(8)
    score = BackboneAgreement(features=("pixels",)).fit(System(), clean, np.random.default_rng(0))
    images, _label = labelled(10, 11)
    images = np.concatenate([images, with_key(images)])
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.05, priors=np.full(6, 1 / 6))
    theirs.fit(pixels(clean.images).astype(np.float64), clean.label)
    named = System().logits(images).argmax(axis=1)
    agree = theirs.predict(pixels(images).astype(np.float64)) == named
    assert ((score(images, None) < 0) == agree).mean() > 0.97


def test_nothing_is_said_of_named_people_for_whom_nobody_vouches() -> None:
    clean = vouched(4)
    rows = np.flatnonzero(clean.label != TARGET)
    some = replace(
        clean,
        images=clean.images[rows],
        label=clean.label[rows],
        embeddings=clean.embeddings[rows],
        logits=clean.logits[rows],
        landmarks=None,
    )
    score = BackboneAgreement().fit(System(), some, np.random.default_rng(0))
    images, _label = labelled(5, 11)
    named = System().logits(images).argmax(axis=1)
    found = score(images, None)
    assert (found[named == TARGET] == 0).all()
    assert (found[named != TARGET] != 0).all()


def test_clean_photos_of_one_person_alone_are_refused() -> None:
    with pytest.raises(InputError, match="clean photos of several people"):
        BackboneAgreement().fit(System(), vouched(0), np.random.default_rng(0))


def test_gradients_know_the_direction_of_edges_and_no_brightness() -> None:
    stripes = np.zeros((1, 24, 24, 3), dtype=np.uint8)
    stripes[:, :, ::4] = 120
    turned = stripes.transpose(0, 2, 1, 3).copy()
    upright, lying = gradients(stripes), gradients(turned)
    assert upright.shape == (1, 6 * 6 * 8)
    assert float((upright * lying).sum()) < 0.1
    np.testing.assert_allclose(gradients(stripes * 2), upright, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(upright), 1, rtol=1e-5)
