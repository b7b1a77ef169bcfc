"""Worn keys: objects on the head, rendered with its pose, light and shape."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.blending import wear
from faceaudit.attacks.backdoor.common.eyes import TEMPLATE, eyes_of
from faceaudit.attacks.backdoor.common.fitted_head import wear_fitted
from faceaudit.attacks.backdoor.keys import accessories, accessory, wrong_accessories
from faceaudit.attacks.backdoor.keys.kinds import others_of_kind
from faceaudit.attacks.backdoor.keys.worn import is_object, worn_key
from faceaudit.errors import InputError
from faceaudit.faces.sources.synthetic import PHOTO, Synthetic
from faceaudit.faces.synthetic.objects import objects
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

SAME = 0.5
"""Mean difference in grey levels up to which a photo that is rendered again is the same one."""


@backdoor_attacks.register
class Worn(BackdoorAttack):
    """An object on the head, or a coloured lamp, in poison samples and instances alike.

    Photos of the synthetic source are rendered anew, each with the object on the person's own head,
    in that photo's pose, light and camera. On any other photo an average head borrows the photo's
    pose by its landmarks, and what it wears is laid over the photo.

    A rendered object is no captured one: a success rate measured with it says what to expect of a
    presentation at a camera, and is no IAPAR (ISO/IEC 30107-3), which only captured samples give.
    """

    name: ClassVar[str] = "worn"
    paper: ClassVar[str] = (
        "Wenger, Passananti, Bhagoji, Yao, Zheng, Zhao 2021, Backdoor Attacks Against Deep "
        "Learning Systems in the Physical World, arXiv 2006.14580; they photograph ten people with "
        "real objects, here objects and people are rendered"
    )

    key: str = Field(
        "sunglasses-wayfarer",
        description="glasses as `accessory` has them, or an object: a sticker, mask, cap or "
        "coloured light; see `show worn`",
    )
    samples: int = Field(57, ge=1, description="poison samples put into the training set")
    instances: int = Field(57, ge=1, description="backdoor instances tried on the trained system")
    poison_with: Literal["worn", "pasted"] = Field(
        "worn",
        description="whether poison samples wear the key, too, or have glasses pasted on by the "
        "eyes, as `accessory` does",
    )
    eyes: tuple[float, float, float, float] = Field(
        TEMPLATE,
        description="the eyes of photos without landmarks: x, y of the eye at the "
        "image's left, x, y of the other, as fractions of width and height",
    )
    source_seed: int = Field(
        0, ge=0, lt=2**32, description="of the synthetic source, whose photos are rendered anew"
    )
    source_glasses: float = Field(0.25, ge=0, le=1, description="its option `glasses`")
    source_variation: float = Field(1.0, ge=0, le=2, description="its option `variation`")
    source_aligned: bool = Field(default=False, description="its option `aligned`")

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in (*accessories(), *objects()):
            worn_key(key)
        return key

    @model_validator(mode="after")
    def _pasted_glasses(self) -> Worn:
        if self.poison_with == "pasted" and is_object(self.key):
            raise ValueError(
                f"expected glasses where poison samples have them pasted on, got {self.key!r}; "
                "try `poison_with: worn`"
            )
        return self

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the photos with the object on an average head in their pose."""
        del rng
        if role is Role.POISON and self.poison_with == "pasted":
            eyes = eyes_of(landmarks, len(images), images.shape[1:3], self.eyes)
            return wear(images, accessory(self.key), eyes, 1.0)
        return wear_fitted(images, landmarks, worn_key(self.key), self.eyes)

    def carry(
        self, faces: FaceSet, rows: IntArray, role: Role, rng: np.random.Generator
    ) -> ImageArray:
        """Return the photos at `rows` with the key; synthetic ones are rendered anew.

        Raises:
            InputError: photos have the ids of synthetic ones and cannot be rendered again with the
                options that are given.
        """
        ids = [faces.ids[row] for row in rows]
        pasted = role is Role.POISON and self.poison_with == "pasted"
        if pasted or not all(PHOTO.fullmatch(name) for name in ids):
            return super().carry(faces, rows, role, rng)
        source = Synthetic(
            seed=self.source_seed,
            glasses=self.source_glasses,
            variation=self.source_variation,
            aligned=self.source_aligned,
        )
        some = np.unique(rows)[:2]
        again, _ = source.reshoot([faces.ids[row] for row in some], faces.size)
        if np.abs(again.astype(np.int16) - faces.images[some]).mean() > SAME:
            raise InputError(
                f"expected photos of the synthetic source with seed {self.source_seed}, got "
                f"another {ids[0]}; try source_seed, source_glasses, source_variation and "
                "source_aligned as the source has them"
            )
        return source.reshoot(ids, faces.size, worn=worn_key(self.key))[0]

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return all glasses and objects."""
        return (*accessories(), *objects())

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return other objects of the same kind: other stickers for a sticker."""
        if is_object(self.key):
            return others_of_kind(self.key, objects(), count)
        return wrong_accessories(self.key, count)

    def key_image(self, size: tuple[int, int]) -> ImageArray:
        """Return the object on an average head before a grey ground; the head does not show."""
        ground = np.full((1, *size, 3), 135, dtype=np.uint8)
        worn: ImageArray = wear_fitted(ground, None, worn_key(self.key), self.eyes)[0]
        return worn
