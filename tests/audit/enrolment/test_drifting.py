"""Templates that update themselves, held against a loop written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.audit.enrolment.drifting import lead_away, photos_until
from faceaudit.metrics import normalized
from faceaudit.types import FloatArray


def _plane(*degrees: float) -> FloatArray:
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _slow(
    enrolled: FloatArray, shown: FloatArray, attacker: FloatArray, threshold: float, keep: int
) -> tuple[bool, int]:
    """One person, step by step."""
    kept, first = [enrolled.astype(float)], -1
    template = kept[0]
    for step, one in enumerate(shown, start=1):
        if template @ one >= threshold:
            kept.append(one.astype(float))
            if keep:
                kept = kept[-keep:]
            mean = np.mean(kept, axis=0)
            template = mean / np.linalg.norm(mean)
        if first < 0 and template @ attacker >= threshold:
            first = step
    return bool(template @ attacker >= threshold), first


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_it_is_what_a_loop_over_people_and_photos_gives(keep: int) -> None:
    rng = np.random.default_rng(keep)
    people, steps = 40, 12
    enrolled, attacker, own = (
        normalized(rng.normal(size=(people, 5)).astype(np.float32)) for _ in range(3)
    )
    share = np.linspace(1 / steps, 1, steps)[:, None, None]
    shown = ((1 - share) * enrolled + share * attacker).astype(np.float32)
    shown = normalized(shown.reshape(-1, 5)).reshape(steps, people, 5)
    found = lead_away(enrolled, shown, attacker, own, 0.9, keep)
    each = [_slow(enrolled[one], shown[:, one], attacker[one], 0.9, keep) for one in range(people)]
    assert found.taken.tolist() == [one[0] for one in each]
    assert found.first.tolist() == [one[1] for one in each]
    assert found.taken.sum() > 0


def test_small_steps_take_a_template_over_and_one_large_step_does_not() -> None:
    enrolled, attacker = _plane(0), _plane(90)
    small = np.stack([_plane(one) for one in range(5, 95, 5)])
    threshold = float(np.cos(np.deg2rad(31)))
    led = lead_away(enrolled, small, attacker, enrolled, threshold, 1)
    assert led.taken.all()
    assert not led.own.any()
    assert led.first[0] == 12  # at sixty degrees, from where ninety is thirty away
    bare = lead_away(
        enrolled, np.repeat(attacker[None], 18, axis=0), attacker, enrolled, threshold, 1
    )
    assert not bare.taken.any()
    assert bare.own.all()
    assert bare.first.tolist() == [-1]


def test_a_growing_mean_is_led_less_far_than_the_last_few() -> None:
    enrolled, attacker = _plane(0), _plane(90)
    small = np.stack([_plane(one) for one in range(3, 93, 3)])
    threshold = float(np.cos(np.deg2rad(30)))
    growing, last = (
        lead_away(enrolled, small, attacker, enrolled, threshold, keep) for keep in (0, 3)
    )
    assert last.taken.all()
    assert not growing.taken.any()


def test_photos_until_somebody_passes_are_counted_in_photos() -> None:
    """As in a run on real people, where some pass after two photos and some after seventeen."""
    found, why = photos_until(np.array([2, 17, -1, 5, -1]), np.arange(5), 20)
    assert found is not None
    assert (found.value, found.n, why) == (8.0, 3, "")
    low, high = stats.t.interval(0.95, 2, loc=8, scale=stats.sem([2, 17, 5]))
    assert (found.low, found.high) == (max(1, low), min(20, high))


def test_attackers_who_all_need_the_same_number_are_no_certainty() -> None:
    found, _ = photos_until(np.full(4, 3), np.arange(4), 20)
    assert found is not None
    assert 1 < found.low < 3 < found.high < 20


def test_photos_until_needs_two_who_passed() -> None:
    why = "fewer than two attackers ever passed"
    assert photos_until(np.array([-1, 4, -1]), np.arange(3), 20) == (None, why)
    assert photos_until(np.array([4, 5, -1]), np.array([7, 7, 8]), 20) == (None, why)


def test_an_attacker_with_many_victims_counts_once() -> None:
    """Else three strangers, each tried on ten victims, would pass for thirty."""
    first, attackers = np.tile([2, 17, 5, -1], 10), np.tile([4, 3, 9, 6], 10)
    found, _ = photos_until(first, attackers, 20)
    assert found == photos_until(np.array([17, 2, 5]), np.arange(3), 20)[0]
    mixed, _ = photos_until(np.array([2, 4, -1, 9]), np.array([1, 1, 1, 2]), 20)
    assert mixed is not None
    assert (mixed.value, mixed.n) == (6.0, 2)
