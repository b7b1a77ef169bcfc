"""Trained face-recognition systems."""

from faceaudit.systems.embedding.cache import Embeddings, embeddings
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.systems.identifiers.last_layer import LastLayer, train_last_layer

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
