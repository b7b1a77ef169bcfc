"""What makes an embedder take everybody for one person."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch

from faceaudit.mitigations.scan.common.inversion import seek
from faceaudit.mitigations.scan.common.universal_trigger import SOFTNESS, Together
from mitigations.scan.planted import Drawn, strangers


def test_what_pairs_lack_and_who_passes_is_that_of_each_pair() -> None:
    rng = np.random.default_rng(0)
    answers = rng.normal(size=(2, 5, 3)) + 0.5
    lacking, reached = Together(0.3)(torch.from_numpy(answers), slice(0, 2))
    for place, one in enumerate(answers):
        cosines = [
            float(one[i] @ one[j] / np.linalg.norm(one[i]) / np.linalg.norm(one[j]))
            for i, j in combinations(range(5), 2)
        ]
        assert float(reached[place]) == pytest.approx(np.mean([it >= 0.3 for it in cosines]))
        softened = [np.log1p(np.exp((0.3 - it) / SOFTNESS)) for it in cosines]
        assert float(lacking[place]) == pytest.approx(np.mean(softened), rel=1e-5)


def test_all_who_are_one_point_lack_nothing() -> None:
    lacking, reached = Together(0.0)(torch.ones(1, 4, 6), slice(0, 1))
    assert float(reached) == 1.0
    assert float(lacking) == pytest.approx(0.0, abs=1e-3)


@pytest.fixture(scope="module")
def searched() -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Masks and whether they reached the goal, without and with a planted corner."""
    found = {}
    for strength in (0.0, 60.0):
        triggers = seek(
            Drawn(strength).eval(),
            strangers(120).images[::2],
            Together(0.7),
            2,
            steps=120,
            batch=8,
            rng=np.random.default_rng(0),
            advance=lambda _: None,
        )
        found[strength] = (triggers.mask, triggers.reached)
    return found


def test_a_planted_corner_is_found_from_every_start_and_is_far_smaller(
    searched: dict[float, tuple[np.ndarray, np.ndarray]],
) -> None:
    mask, reached = searched[60.0]
    assert reached.all()
    assert (mask[:, -4:, -4:].mean((1, 2)) > 5 * mask[:, :12, :12].mean((1, 2))).all()
    assert mask.mean((1, 2)).max() < searched[0.0][0].mean((1, 2)).min() / 2
