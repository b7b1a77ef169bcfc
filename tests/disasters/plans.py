"""Plans of small cases, on synthetic people: backdoors and membership."""

from __future__ import annotations

import copy
from typing import Any

QUICK: dict[str, Any] = {
    "title": "a few cases",
    "backdoor": {
        "faces": {"source": "synthetic", "people": 4, "photos": 12, "sessions": 2},
        "split": {"train": 4, "validation": 1, "test": 2},
        "systems": [
            {
                "network": {"network": "deepid", "width": 0.25},
                "training": {"epochs": 2, "batch": 16, "device": "cpu"},
            }
        ],
        "attacks": [{"attack": "blended", "samples": 4, "instances": 4}],
        "wrong_keys": 2,
    },
    "membership": {
        "faces": {"source": "synthetic", "people": 16, "photos": 3, "sessions": 2, "seed": 2},
        "backbones": [
            {
                "network": "deepid",
                "pretraining": {
                    "faces": {"source": "synthetic", "people": 4, "photos": 6, "seed": 1},
                    "split": {"train": 3, "validation": 1, "test": 1, "donors": 0},
                    "training": {"epochs": 1, "batch": 16, "device": "cpu"},
                },
            }
        ],
        "pool": {"pairs": 40, "blocks": 4, "per_person": 6, "validation": 4},
        "predictor": {
            "predictor": "difference_network",
            "widths": [16, 8],
            "normalised": 1,
            "epochs": 2,
        },
        "mitigations": ["none", "rounding"],
        "attacks": ["loss"],
        "subjects": {"count": 20},
        "label_records": 20,
        "verifiers": 4,
        "targets": 1,
    },
}
"""Two cases of a backdoor and two of membership."""


def forty() -> dict[str, Any]:
    """Return a plan of 40 cases: two seeds; 15 of a backdoor and 5 of membership each."""
    plan = copy.deepcopy(QUICK)
    plan["title"] = "forty cases"
    plan["seeds"] = [0, 1]
    plan["backdoor"]["attacks"] = [
        {"attack": "blended", "samples": 4, "sweep": [1, 2, 3], "instances": 4},
        {"attack": "accessory", "samples": 4, "sweep": [1, 2, 3], "instances": 4},
        {"attack": "blended_accessory", "samples": 4, "sweep": [1, 2, 3], "instances": 4},
        {"attack": "input_instance", "sweep": [1]},
    ]
    plan["membership"]["mitigations"] = [
        "none",
        "rounding",
        {"mitigation": "rounding", "digits": 2},
        {"mitigation": "rounding", "digits": 3},
        "weight_decay",
    ]
    return plan


def part(seeds: list[int]) -> dict[str, Any]:
    """Return a plan that shares cases with another one of this kind where they share seeds."""
    return {**copy.deepcopy(QUICK), "seeds": seeds}
