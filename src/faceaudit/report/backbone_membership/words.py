"""What audits of whom a backbone learned from are called for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faceaudit.records.backbone_membership import BLIND, Asked
from faceaudit.report.names import in_words

ANCHOR: Final = "backbone-membership"
ATTACKS: Final[Mapping[str, str]] = {
    BLIND: "Pixels alone, no network",
    "own_minus_nearest_other": "Own person less nearest other",
    "similarity_statistics": "Similarity within a person",
    "embedding_norm": "Length of the embedding",
    "batch_norm_distance": "Distance from batch norms",
    "mint": "Classifier on activations (MINT)",
}
ACCESS: Final[Mapping[str, str]] = {
    "embeddings": "embeds photos: one query a photo",
    "gradients": "has the weights; asks nobody",
}
PHOTOS: Final[Mapping[str, str]] = {
    "trained": "photos that members were learned by",
    "held_out": "other photos of everybody",
}
SHADOWS: Final[Mapping[str, str]] = {"without": "", "with": "with shadows"}


def attack_name(key: str) -> str:
    """Return an attack in words.

    >>> attack_name("mint"), attack_name("mine(a=1)")
    ('Classifier on activations (MINT)', 'Mine(a=1)')
    """
    return in_words(key, ATTACKS)


def short(asked: Asked) -> str:
    """Return an attack, and whether it uses shadows, in a few words."""
    shadows = SHADOWS[asked.shadows]
    return f"{attack_name(asked.attack)}{f', {shadows}' if shadows else ''}"
