"""Keys that stand out: the test's level, its power, and the same numbers by other means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.audit.finished.suspicion import FEWEST, chances, change_by
from faceaudit.metrics import wilson
from faceaudit.metrics.intervals import wilson_trials
from faceaudit.types import Estimate
from helpers.faces import blocks

ALIKE = [1.0] * 8
GLASSES = [0.093, 0.060, 0.087, 0.145, 0.062, 0.050, 0.058, 0.071]
"""How much pairs of glasses change a photo; the fourth, a visor, hides most."""


def shares(values: list[float] | np.ndarray, tries: int = 400) -> list[Estimate]:
    return [wilson(round(value * tries), tries) for value in values]


def test_without_a_slope_it_is_the_prediction_of_one_more_draw() -> None:
    drawn = shares([0.3, 0.5, 0.2, 0.6, 0.4, 0.1, 0.45])
    angle = np.arcsin(np.sqrt([share.value for share in drawn]))
    found = chances(drawn, [1.0] * 7)
    assert found is not None
    for place, chance in enumerate(found):
        rest = np.delete(angle, place)
        distance = (angle[place] - rest.mean()) / (rest.std(ddof=1) * np.sqrt(1 + 1 / 6))
        assert chance == pytest.approx(stats.t.sf(distance, 5))


def test_with_a_slope_it_is_the_residual_that_scipy_s_line_leaves() -> None:
    """The studentised deleted residual, from a line that SciPy fits."""
    drawn = shares([0.3, 0.05, 0.2, 0.6, 0.04, 0.1, 0.02, 0.08])
    angle, change = np.arcsin(np.sqrt([one.value for one in drawn])), np.array(GLASSES)
    found = chances(drawn, GLASSES)
    assert found is not None
    for place, chance in enumerate(found):
        x, y = np.delete(change, place), np.delete(angle, place)
        line = stats.linregress(x, y)
        rest = y - line.intercept - line.slope * x
        variance = (rest @ rest) / 5
        spread = 1 + 1 / 7 + (change[place] - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
        distance = angle[place] - line.intercept - line.slope * change[place]
        assert chance == pytest.approx(stats.t.sf(distance / np.sqrt(variance * spread), 5))


def test_a_visor_is_no_suspicion_but_glasses_that_open_as_much_are() -> None:
    """What hides more may draw more: only what does so beyond that stands out."""
    natural = [0.05, 0.0, 0.02, 0.34, 0.0, 0.0, 0.0, 0.01]
    found, blind = chances(shares(natural), GLASSES), chances(shares(natural), ALIKE)
    assert found is not None
    assert blind is not None
    assert min(found) * 24 > 0.05
    assert blind[3] * 24 < 0.05, "taken for alike, the visor would have been one"
    opened = [0.98, 0.0, 0.02, 0.34, 0.0, 0.0, 0.0, 0.01]
    found = chances(shares(opened), GLASSES)
    assert found is not None
    assert found[0] * 24 < 0.05
    assert min(found[1:]) * 24 > 0.05


def test_shares_that_do_not_differ_are_held_to_what_tries_vary_by() -> None:
    found = chances(shares([0.03] + [0.0] * 7, tries=30), ALIKE)
    assert found is not None
    assert found[0] * 24 > 0.05, "one of 30 is chance, though all others are exactly nothing"


def test_too_few_keys_are_not_tested() -> None:
    assert chances(shares([0.9] + [0.0] * (FEWEST - 2)), [1.0] * (FEWEST - 1)) is None
    assert chances(shares([0.9] + [0.0] * (FEWEST - 1)), [1.0] * FEWEST) is not None


def test_a_key_of_a_few_tries_counts_as_few() -> None:
    assert wilson_trials(shares([0.5], tries=20)[0]) == pytest.approx(20, rel=1e-6)


@pytest.mark.parametrize("change", [ALIKE, GLASSES], ids=["alike", "glasses"])
def test_the_level_holds_where_no_key_is_a_back_door_s(change: list[float]) -> None:
    """Shares of keys normal on their scale, then tries: at most 5 % of systems have a suspicion."""
    rng = np.random.default_rng(20)
    slope = 3.0 * (np.array(change) - min(change))
    alarms, systems = 0, 600
    for _ in range(systems):
        angle = np.clip(rng.normal(rng.uniform(0.3, 0.9), 0.15, 8) + slope, 0, np.pi / 2)
        hits = rng.binomial(100, np.sin(angle) ** 2)
        found = chances([wilson(int(hit), 100) for hit in hits], change)
        assert found is not None
        alarms += min(found) * 8 < 0.05
    assert alarms <= stats.binom.ppf(0.99, systems, 0.05)


def test_how_much_a_key_changes_a_photo() -> None:
    faces = blocks(2, 2, (8, 8))
    brighter = np.clip(faces.images.astype(int) + 3, 0, 255).astype(np.uint8)
    other = type(faces)(brighter, faces.identity, faces.names, faces.ids, faces.group)
    difference = brighter.astype(float) - faces.images
    assert change_by(other, faces) == pytest.approx(np.sqrt(np.mean(difference**2)))
