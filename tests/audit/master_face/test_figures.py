"""Coverage and what chance gives, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.master_face.figures import chance
from faceaudit.audit.master_face.searching import first_covering
from faceaudit.records.master_face import expected_cover


def test_chance_is_the_mean_over_sets_of_what_any_photo_of_them_passes_as() -> None:
    rng = np.random.default_rng(0)
    passes = rng.random((12, 9)) < 0.3
    draws = rng.random((50, 12)).argsort(axis=1)[:, :3]
    shares = []
    for row in draws:
        people = [any(passes[photo, person] for photo in row) for person in range(9)]
        shares.append(sum(people) / 9)
    found = chance(passes, draws)
    assert found.value == pytest.approx(np.mean(shares))
    assert (found.low, found.high) == pytest.approx(
        (np.percentile(shares, 2.5), np.percentile(shares, 97.5))
    )
    assert found.n == 50


def test_photos_that_are_like_any_give_what_the_rate_alone_expects() -> None:
    rng = np.random.default_rng(1)
    passes = rng.random((400, 2000)) < 0.01
    draws = rng.random((300, 400)).argsort(axis=1)[:, :9]
    assert chance(passes, draws).value == pytest.approx(expected_cover(0.01, 9), rel=0.05)


def test_how_many_faces_a_person_takes() -> None:
    passes = np.random.default_rng(2).random((4, 30)) < 0.3
    expected = [
        next((face + 1 for face in range(4) if passes[face, person]), 0) for person in range(30)
    ]
    assert first_covering(passes).tolist() == expected
