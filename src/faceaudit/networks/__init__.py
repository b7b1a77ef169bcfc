"""Networks that turn a face into an embedding; one file each."""

from faceaudit.networks.network import FaceNetwork, Network, networks

__all__ = ["FaceNetwork", "Network", "networks"]
