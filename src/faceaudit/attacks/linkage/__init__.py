"""Linkage attacks: whether two databases of templates have the same person, one a file."""

from faceaudit.attacks.linkage.base import (
    Comparable,
    Database,
    LinkageAttack,
    OwnPhotos,
    linkage_attacks,
)

__all__ = ["Comparable", "Database", "LinkageAttack", "OwnPhotos", "linkage_attacks"]
