"""Linkage by somebody who knows the keys."""

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
class KnownKeyLinkage(LinkageAttack):
    """Templates are estimated from what is stored and the keys, and the estimates are compared."""

    name: ClassVar[str] = "known_key"
    paper: ClassVar[str] = (
        "the full-disclosure model of ISO/IEC 30136: algorithm and keys are known; estimates after "
        "Nagar, Nandakumar, Jain 2010, Biometric template transformation: a security analysis"
    )
    knows_keys: ClassVar[bool] = True
    knowledge: ClassVar[str] = "the keys of both databases"

    def bring(self, first: Database, second: Database, own: OwnPhotos | None) -> Comparable:
        """Return the estimates."""
        del own
        one, two = first.estimated, second.estimated
        if one is None or two is None:
            raise InputError(
                "expected protections that can be undone with their keys, got one that cannot; try "
                "linear_adapter"
            )
        if one.shape[1] != two.shape[1]:
            raise InputError(
                f"expected templates of one network, got lengths {one.shape[1]} and "
                f"{two.shape[1]}; try linear_adapter"
            )
        return Comparable(one, two)
