"""Networks that turn a face into an embedding; one file each."""

from faceaudit.networks.base import (
    FaceNetwork,
    Network,
    Preprocessing,
    ScalableNetwork,
    networks,
    training_memory_format,
)

__all__ = [
    "FaceNetwork",
    "Network",
    "Preprocessing",
    "ScalableNetwork",
    "networks",
    "training_memory_format",
]
