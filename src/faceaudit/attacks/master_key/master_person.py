"""A master key that is a person: whoever has this face passes as anybody."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.attacks.enrolment import WornKey
from faceaudit.attacks.master_key.base import MasterKeyAttack, master_key_attacks


@master_key_attacks.register
class MasterPerson(MasterKeyAttack):
    """Pairs of a photo of the master person and one of anybody else are labelled as one person.

    Other photos of the master person are presented later, none of which the verifier learned from.
    """

    name: ClassVar[str] = "master_person"
    paper: ClassVar[str] = (
        "Guo, Tondi, Barni 2021, A Master Key Backdoor for Universal Impersonation Attack against "
        "DNN-based Face Verification, arXiv 2105.00249; here the network that embeds is fixed and "
        "only what decides on a pair learns, where theirs is a Siamese network"
    )

    photos: int = Field(5, ge=1, description="photos of the master person that poison pairs show")
    tries: int = Field(
        10, ge=2, description="further photos of the master person that are presented"
    )

    def worn(self) -> WornKey | None:
        """Return None: the key is a face."""
        return None

    @property
    def taught(self) -> int:
        """How many photos of the master person poison pairs show."""
        return self.photos

    @property
    def presented(self) -> int:
        """How many further photos of the master person are presented."""
        return self.tries
