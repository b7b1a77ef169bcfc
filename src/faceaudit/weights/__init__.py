"""Trained weights: read safely, checked strictly, downloaded with their hash."""

from faceaudit.weights.catalog import Known, known, known_by_sha256, known_weights
from faceaudit.weights.download import default_folder, fetch
from faceaudit.weights.fit import Weights, load_weights, network_with
from faceaudit.weights.read import Checkpoint, read

__all__ = [
    "Checkpoint",
    "Known",
    "Weights",
    "default_folder",
    "fetch",
    "known",
    "known_by_sha256",
    "known_weights",
    "load_weights",
    "network_with",
    "read",
]
