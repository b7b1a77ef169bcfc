"""Linkage by comparing what is stored."""

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


@linkage_attacks.register
class CosineLinkage(LinkageAttack):
    """Templates of both databases are compared as they are stored, as the systems would."""

    name: ClassVar[str] = "cosine"
    paper: ClassVar[str] = (
        "the comparison behind the unlinkability of Gomez-Barrero, Galbally, Rathgeb, Busch 2018"
    )
    knowledge: ClassVar[str] = "nothing"

    def bring(self, first: Database, second: Database, own: OwnPhotos | None) -> Comparable:
        """Return what is stored, compared as the first database's system does."""
        del own
        if first.stored.shape[1] != second.stored.shape[1]:
            raise InputError(
                f"expected templates of one length in both databases, got "
                f"{first.stored.shape[1]} and {second.stored.shape[1]}; try linear_adapter"
            )
        return Comparable(first.stored, second.stored, first.compare)
