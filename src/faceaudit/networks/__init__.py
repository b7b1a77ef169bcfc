"""Networks that turn a face into an embedding; one file each."""

from faceaudit.networks.base import (
    Backbone,
    FaceNetwork,
    Network,
    Preprocessing,
    learning_layout,
    networks,
)

__all__ = ["Backbone", "FaceNetwork", "Network", "Preprocessing", "learning_layout", "networks"]
