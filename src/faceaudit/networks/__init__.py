"""Networks that turn a face into an embedding; one file each."""

from faceaudit.networks.base import Network, ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import Preprocessing

__all__ = ["Network", "Preprocessing", "ScalableNetwork", "networks"]
