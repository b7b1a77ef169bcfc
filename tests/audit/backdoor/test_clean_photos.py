"""Photos that whoever mitigates has, and those that mitigations are judged on."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.backdoor.clean_photos import clean_photos
from faceaudit.errors import SplitError
from faceaudit.faces.split import SplitPlan
from helpers.faces import blocks

SPLIT = SplitPlan(train=10, validation=3, test=6).split(blocks(5, 30), 0)


def test_nobody_was_trained_on_them_and_nothing_is_judged_on_them() -> None:
    for reserved in range(9):
        for count in range(reserved + 1):
            photos = clean_photos(SPLIT, count, reserved, 1)
            assert np.bincount(SPLIT.label[photos.clean], minlength=5).tolist() == [count] * 5
            assert not np.intersect1d(photos.clean, SPLIT.train).size
            assert not np.intersect1d(photos.clean, SPLIT.donors).size
            assert not np.intersect1d(photos.clean, photos.judged).size
            assert np.isin(photos.judged, SPLIT.test).all()
            assert np.bincount(SPLIT.label[photos.judged]).tolist() == [min(6, 9 - reserved)] * 5


def test_validation_photos_come_first_and_fewer_are_the_first_of_more() -> None:
    few, many = (clean_photos(SPLIT, count, 8, 1) for count in (3, 7))
    assert sorted(few.clean) == SPLIT.validation.tolist()
    assert np.isin(few.clean, many.clean).all()
    assert (few.judged == many.judged).all()


def test_both_halves_hold_everybody() -> None:
    fit, apart = clean_photos(SPLIT, 5, 5, 1).halves()
    assert not np.intersect1d(fit, apart).size
    for half in (fit, apart):
        assert set(np.bincount(SPLIT.label[half], minlength=5)) <= {2, 3}


def test_the_seed_draws_them() -> None:
    drawn = [clean_photos(SPLIT, 5, 5, seed).clean.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_test_photo_of_everybody_must_be_left() -> None:
    with pytest.raises(SplitError, match=r"more than 9 validation and test photos .* got 9 of"):
        clean_photos(SPLIT, 9, 9, 1)
