"""Trained face-recognition systems."""

from faceaudit.systems.embedder import Embedder, state_digest
from faceaudit.systems.embeddings import Embeddings, embeddings
from faceaudit.systems.identifier import Identifier, train_identifier
from faceaudit.systems.last_layer import LastLayer, train_last_layer
from faceaudit.systems.system import System

__all__ = [
    "Embedder",
    "Embeddings",
    "Identifier",
    "LastLayer",
    "System",
    "embeddings",
    "state_digest",
    "train_identifier",
    "train_last_layer",
]
