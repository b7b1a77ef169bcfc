"""Trained weights: read safely, checked strictly, downloaded with their hash."""

from faceaudit.weights.catalog import KnownWeights, known, known_by_sha256, known_weights
from faceaudit.weights.download import default_folder, fetch
from faceaudit.weights.fit import LoadedWeights, fit_checkpoint, load_weights, network_with
from faceaudit.weights.read import Checkpoint, read

__all__ = [
    "Checkpoint",
    "KnownWeights",
    "LoadedWeights",
    "default_folder",
    "fetch",
    "fit_checkpoint",
    "known",
    "known_by_sha256",
    "known_weights",
    "load_weights",
    "network_with",
    "read",
]
