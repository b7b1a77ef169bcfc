"""Inversions of identifiers: whose face is class k?, one attack a file."""

from faceaudit.attacks.inversion.identifiers.base import (
    IdentifierInversion,
    IdentifierOracle,
    identifier_inversions,
)

__all__ = ["IdentifierInversion", "IdentifierOracle", "identifier_inversions"]
