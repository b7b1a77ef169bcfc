"""Small sections of extraction on synthetic people."""

from __future__ import annotations

from typing import Any

NETWORK = {"network": "deepid", "width": 0.25}
IDENTIFIER: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 4, "photos": 40, "sessions": 2},
    "split": {"train": 16, "validation": 4, "test": 8},
    "system": {
        "network": NETWORK,
        "training": {"epochs": 15, "batch": 16, "learning_rate": 0.005, "threads": 1},
    },
    "others": {"source": "synthetic", "people": 6, "photos": 10, "sessions": 2, "seed": 4},
    "asked": ["others", "enrolled"],
}
VERIFIER: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 40, "photos": 4, "sessions": 2, "seed": 2},
    "embedder": {
        "network": NETWORK,
        "pretraining": {
            "faces": {"source": "synthetic", "people": 4, "photos": 8, "seed": 1},
            "split": {"train": 5, "validation": 1, "test": 1, "donors": 0},
            "training": {"epochs": 2, "batch": 16, "threads": 1},
        },
    },
    "predictor": {
        "predictor": "difference_network",
        "epochs": 3,
        "widths": [16, 8],
        "normalised": 1,
    },
    "parties": {"attacked": 10, "learn": 0.6},
    "fmr": 0.1,
}
SECTION: dict[str, Any] = {
    "identifier": IDENTIFIER,
    "verifier": VERIFIER,
    "budgets": [20, 40],
    "network": NETWORK,
    "training": {"steps": 80, "batch": 16, "learning_rate": 0.005, "threads": 1},
    "impersonation": {"photos": 12, "steps": 3},
    "inversion": {"attack": "gradient", "prior": "total_variation", "steps": 3},
}
