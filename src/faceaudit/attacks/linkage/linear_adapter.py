"""Linkage by a linear map from one database's templates to the other's."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.attacks.linkage.base import (
    Comparable,
    Database,
    LinkageAttack,
    OwnPhotos,
    linkage_attacks,
)
from faceaudit.errors import InputError
from faceaudit.systems.embedding.adapter import LinearAdapter


@linkage_attacks.register
class LinearAdapterLinkage(LinkageAttack):
    """A linear map is learned from own photos that are in both databases; no picture is needed.

    It bridges two networks, two keys that a system has for everybody, or a protection and what is
    not protected. The attacker knows neither networks nor keys.
    """

    name: ClassVar[str] = "linear_adapter"
    paper: ClassVar[str] = (
        "after Face Adapter 2024, arXiv 2411.03960, by ridge regression; as an attack on "
        "protections here"
    )
    learns: ClassVar[bool] = True
    knowledge: ClassVar[str] = "own photos that are in both databases"

    def bring(self, first: Database, second: Database, own: OwnPhotos | None) -> Comparable:
        """Return the first database's templates mapped to the second's, and those."""
        if own is None:
            raise InputError("expected own photos to learn from, got none")
        adapter = LinearAdapter.fit(own.first, own.second, own.people)
        return Comparable(adapter.adapt(first.stored), second.stored)
