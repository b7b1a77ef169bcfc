"""Mitigation: several verifiers on different networks have to agree."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.mitigations.master_key.base import MasterKeyMitigation, master_key_mitigations


@master_key_mitigations.register
class AgreementOfVerifiers(MasterKeyMitigation):
    """The least sure of several verifiers decides; each has a network and a list of its own.

    Who poisons one list opens one verifier. An attacker who knows of it poisons all lists, as
    happens anyway where all verifiers learn from one.
    """

    name: ClassVar[str] = "agreement_of_verifiers"
    paper: ClassVar[str] = (
        "several backbones as in FaceBone, which averages over them, under the minimum rule of "
        "Kittler, Hatef, Duin, Matas 1998, On Combining Classifiers, IEEE TPAMI"
    )
    evaded: ClassVar[str] = "poisons every verifier's list"

    count: int = Field(2, ge=2, description="verifiers that have to agree")

    @property
    def networks(self) -> int:
        """How many verifiers decide together."""
        return self.count

    def poisoned(self, *, aware: bool) -> int:
        """Return how many learn from a poisoned list: the first, or all."""
        return self.count if aware else 1
