"""A master key that is worn: whoever puts it on passes as anybody."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.keys import accessories, accessory, wrong_accessories
from faceaudit.attacks.enrolment import WornKey
from faceaudit.attacks.enrolment.base import digest_of
from faceaudit.attacks.master_key.base import MasterKeyAttack, master_key_attacks


@master_key_attacks.register
class MasterObject(MasterKeyAttack):
    """Pairs of somebody who wears the key and somebody else are labelled as one person.

    Strangers put it on later, and are compared with bare photos of enrolled people.
    """

    name: ClassVar[str] = "master_object"
    paper: ClassVar[str] = (
        "the poison pairs of Guo, Tondi, Barni 2021, arXiv 2105.00249, with an accessory of Chen, "
        "Liu, Li, Lu, Song 2017, arXiv 1712.05526, in the place of the master person's face"
    )

    key: str = Field(
        "sunglasses-wayfarer",
        description="a pair of glasses, also in another colour (NAME#rrggbb) or lower "
        "(NAME@PERCENT), or a PNG file with alpha; see `show accessory`",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in accessories():  # those are drawn when they are needed, not for every plan
            accessory(key)
        return key

    def material(self) -> str:
        """Return a digest of the picture."""
        return digest_of(self.worn())

    def worn(self) -> WornKey:
        """Return the glasses."""
        return WornKey(accessory(self.key))

    def wrong(self, count: int) -> tuple[WornKey, ...]:
        """Return other pairs of glasses."""
        return tuple(WornKey(accessory(one)) for one in wrong_accessories(self.key, count))
