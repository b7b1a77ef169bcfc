"""Registered names in the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping

NETWORKS = {"deepid": "DeepID", "vggface": "VGG-Face", "deepface": "DeepFace"}
"""Networks whose name is not their registered one."""


def network_name(network: str) -> str:
    """Return a network's name; one that is not in `NETWORKS` is called as it is registered.

    >>> network_name("deepid"), network_name("mobilefacenet_y1")
    ('DeepID', 'mobilefacenet_y1')
    """
    return NETWORKS.get(network, network)


def in_words(name: str, words: Mapping[str, str]) -> str:
    """Return a registered name as `words` has it, or with spaces and a capital letter.

    >>> in_words("dp_sgd", {"dp_sgd": "DP-SGD"}), in_words("weight_decay", {})
    ('DP-SGD', 'Weight decay')
    """
    return words.get(name, name.replace("_", " ").capitalize())
