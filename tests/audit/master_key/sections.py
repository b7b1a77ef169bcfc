"""A small section in which verifiers learn a master key."""

from __future__ import annotations

from typing import Any

from audit.master_face.sections import NETWORK, OTHER

MASTER_KEY: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 60, "photos": 6, "sessions": 3, "seed": 2},
    "embedders": [NETWORK, OTHER],
    "people": {"enrolled": 8, "strangers": 6, "own": 10},
    "pairs": 120,
    "predictor": {"predictor": "difference_network", "widths": [32, 16], "normalised": None},
    "attacks": [
        {"attack": "master_person", "photos": 3, "tries": 3},
        {"attack": "master_object", "key": "sunglasses-wayfarer"},
    ],
    "rates": [0.2],
    "mitigations": ["none", "agreement_of_verifiers", "cosine_filter"],
    "trainings": 2,
    "wrong_keys": 2,
    "fmrs": [0.1, 0.0001],
}
