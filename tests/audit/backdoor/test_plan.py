"""Seeds of a backdoor section, and what is counted of it before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.audit.backdoor.cost import backdoor_cost
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.errors import OptionError

SECTION: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 8, "photos": 48},
    "split": {"train": 24, "validation": 4, "test": 8},
    "systems": [{"network": "deepid", "training": {"epochs": 3}}],
    "attacks": [
        {"attack": "blended", "samples": 30, "sweep": [10, 50]},
        {"attack": "accessory", "samples": 7},
    ],
}


def section(**changed: object) -> BackdoorPlan:
    return BackdoorPlan(**{**SECTION, **changed})


def tried(plan: BackdoorPlan, seed: int) -> list[tuple[str, int, int]]:
    return [(attack.name, attack.samples, usual) for attack, usual in plan.variants(seed)]


def test_a_section_takes_the_plan_s_seeds_unless_it_has_its_own() -> None:
    assert section().with_seeds([3, 4]).seeds == (3, 4)
    assert section(seeds=[7]).with_seeds([3, 4]).seeds == (7,)


def test_a_sweep_is_tried_with_the_first_seeds_only() -> None:
    swept = [("blended", 10, 30), ("blended", 30, 30), ("blended", 50, 30), ("accessory", 7, 7)]
    usual = [("blended", 30, 30), ("accessory", 7, 7)]
    one = section(seeds=[5, 2, 9], sweep_seeds=1)
    assert [tried(one, seed) for seed in (5, 2, 9)] == [swept, usual, usual]
    two = section(seeds=[5, 2, 9], sweep_seeds=2)
    assert [tried(two, seed) for seed in (5, 2, 9)] == [swept, swept, usual]
    assert [tried(section(seeds=[5, 2]), seed) for seed in (5, 2)] == [swept, swept]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"seeds": [1, 1]}, r"seeds: expected every seed once, got \[1, 1\]"),
        ({"seeds": []}, "seeds: expected a list that is not empty"),
        ({"sweep_seeds": 0}, "sweep_seeds: expected"),
    ],
)
def test_wrong_seeds_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        section(**wrong)


def test_every_training_of_every_seed_is_counted() -> None:
    plan = section(sweep_seeds=1).with_seeds([0, 1, 2])
    cost = backdoor_cost(plan, look=True)
    assert cost.cases == cost.trainings == (1 + 4) + 2 * (1 + 2)
    whole = Plan(seeds=[0, 1, 2], backdoor={**SECTION, "sweep_seeds": 1})
    assert estimate_cost(whole).trainings == cost.trainings


def test_a_plain_epoch_shows_poison_beside_the_clean_photos() -> None:
    clean = 5 * 8 * 24
    plain, mirrored, balanced, fewer = (
        backdoor_cost(
            section(seeds=[0], systems=[{"network": "deepid", "training": training}]), look=True
        ).training_photos
        for training in (
            {"epochs": 3},
            {"epochs": 3, "mirrored": True},
            {"epochs": 3, "balanced": True},
            {"epochs": 3, "balanced": True, "per_person": 6},
        )
    )
    assert plain == 3 * (clean + 10 + 30 + 50 + 7)
    assert mirrored == 2 * plain
    assert balanced == 3 * clean
    assert fewer == 3 * clean // 4
