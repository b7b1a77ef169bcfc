"""Attacks find nothing where there is nothing to find, and everything where all is remembered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.plan import Granularity
from faceaudit.metrics import student_mean
from faceaudit.types import Estimate
from helpers.membership_scenarios import answers, scenario, scored

ATTACKS = list(membership_attacks.names())
JOINT = {"loss", "lira", "rmia", "shadow_classifier", "label_only_lira"}
"""Attacks by a ratio: these add up over pairs that are members together."""
VERIFIERS = 16


def areas(found: list[list[AttackScores]], level: float) -> Mapping[str, Estimate]:
    """Return the AUC of every attack over targets, by scikit-learn."""
    return {
        same[0].key: student_mean(
            [roc_auc_score(one.member, one.scores) for one in same],
            level,
            models=VERIFIERS if same[0].by_membership else None,
        )
        for same in zip(*found, strict=True)
    }


def simultaneous(found: list[list[AttackScores]]) -> float:
    """Return the level at which all intervals together hold the truth 19 times in 20."""
    return 1 - 0.05 / len(found[0])


@pytest.fixture(scope="module", params=["none", {"mitigation": "facebone"}], ids=str)
def mitigation(request: pytest.FixtureRequest) -> object:
    return request.param


def test_an_untrained_predictor_gives_nothing_away(mitigation: object) -> None:
    untrained = {
        "predictor": "difference_network",
        "widths": [64, 32],
        "normalised": 1,
        "epochs": 0,
    }
    found = scored(answers(scenario(attacks=ATTACKS, predictor=untrained), mitigation))
    joint = {f"{name} joint" for name in JOINT}
    assert {one.attack for one in found[0]} == {*ATTACKS, "distribution", *joint}
    assert {one.level for one in found[0]} == {"pair", "photo", "identity", "block"}
    for key, area in areas(found, simultaneous(found)).items():
        assert area.low <= 0.5 <= area.high, (key, area)


def test_members_drawn_at_random_are_not_found(mitigation: object) -> None:
    made = scenario(attacks=ATTACKS)
    asked = answers(made, mitigation)  # trained on its own halves
    made.__dict__["member"] = made.pool.members_of(16, seed=99)  # judged by others
    found = scored(asked)
    for key, area in areas(found, simultaneous(found)).items():
        assert area.low <= 0.5 <= area.high, (key, area)


def test_lists_half_swapped_are_not_told_apart() -> None:
    made = scenario(attacks=ATTACKS)
    asked = answers(made)
    swapped = made.member.copy()
    blocks = made.pool.block
    for number in range(5):
        rng = np.random.default_rng(number)
        for side in (True, False):  # half of each list changes to the other
            there = np.unique(
                blocks[: made.pool.candidates][made.member[number, : made.pool.candidates] == side]
            )
            moved = rng.permutation(there)[: len(there) // 2]
            rows = np.isin(blocks, moved)
            swapped[number, rows] = ~made.member[number, rows]
    made.__dict__["member"] = swapped
    found = scored(asked)
    for key, area in areas(found, simultaneous(found)).items():
        assert area.low <= 0.5 <= area.high, (key, area)


def test_a_predictor_that_learned_by_heart_is_found_out_by_every_attack() -> None:
    found = scored(answers(scenario(attacks=ATTACKS)))
    for key, area in areas(found, 0.95).items():
        assert area.low > 0.6 or area.value > 0.99, (key, area)


def test_facebone_learned_by_heart_is_found_out_by_whoever_knows_the_assignment() -> None:
    found = scored(answers(scenario(attacks=ATTACKS), {"mitigation": "facebone"}))
    known = {key: area for key, area in areas(found, 0.95).items() if key.endswith("assignment")}
    assert len(known) > len(ATTACKS)
    for key, area in known.items():
        assert area.low > 0.6 or not key.startswith("pair"), (key, area)


@pytest.mark.parametrize("level", ["pair", "photo", "identity"])
def test_an_attack_is_scored_on_every_record_of_its_level(level: Granularity) -> None:
    made = scenario(attacks=["loss"], levels=[level], targets=1)
    (one, *_) = scored(answers(made))[0]
    assert len(one.scores) == len(one.ids) == len(one.member) == len(one.block)
    assert one.queries >= len(one.ids)
