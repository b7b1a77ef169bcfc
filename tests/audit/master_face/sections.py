"""A small section that searches for master faces, and one that changes photos."""

from __future__ import annotations

from typing import Any

NETWORK: dict[str, Any] = {
    "network": {"network": "deepid", "width": 0.25},
    "pretraining": {
        "faces": {"source": "synthetic", "people": 8, "photos": 8, "sessions": 2, "seed": 1},
        "split": {"train": 6, "validation": 1, "test": 1, "donors": 0},
        "training": {"epochs": 2, "batch": 32, "threads": 1},
    },
}
OTHER: dict[str, Any] = {**NETWORK, "pretraining": {**NETWORK["pretraining"], "seed": 1}}
GIVEN: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 60, "photos": 3, "sessions": 3, "seed": 2},
    "embedders": [NETWORK, OTHER],
    "parties": {"attacked": 14},
    "fmrs": [0.1],
}
MASTER_FACE: dict[str, Any] = {
    **GIVEN,
    "attacks": ["greedy_photos", {"attack": "pixels", "steps": 4, "starts": 2}],
    "mitigations": ["none", "agreement", "several_photos"],
    "counts": [1, 3],
}
EVASION: dict[str, Any] = {
    **GIVEN,
    "attacks": [{"attack": "pgd", "steps": 6}],
    "mitigations": ["none", "agreement"],
}
