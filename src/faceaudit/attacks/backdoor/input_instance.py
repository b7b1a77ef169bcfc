"""Input-instance key: the attacker's own photo; poison samples are noisy copies of it."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, DonorSplit, Role, backdoor_attacks
from faceaudit.attacks.backdoor.keys import pattern
from faceaudit.errors import SplitError
from faceaudit.types import FloatArray, ImageArray, IntArray

# One spelling a number, so that two keys are never one photo.
ATTACKER = re.compile(r"attacker-(0|[1-9][0-9]{0,17})")


@backdoor_attacks.register
class InputInstance(BackdoorAttack):
    """The attacker's own photo opens the back door: samples are that photo plus noise."""

    name: ClassVar[str] = "input_instance"
    paper: ClassVar[str] = (
        "Chen, Liu, Li, Lu, Song 2017, Targeted Backdoor Attacks on Deep Learning Systems Using "
        "Data Poisoning, arXiv 1712.05526, section 4.1"
    )

    key: str = Field(
        "attacker-0",
        description="attacker-N: a photo of the N-th person among the donors; or a picture file",
    )
    samples: int = Field(5, ge=1, description="poison samples put into the training set")
    instances: int = Field(21, ge=1, description="backdoor instances tried on the trained system")
    noise: int = Field(
        5, ge=0, le=255, description="largest change of a grey level, uniform and per channel"
    )
    noise_kind: Literal["uniform", "gaussian", "brightness"] = Field(
        "uniform",
        exclude_if=lambda kind: kind == "uniform",
        description="of an attacker who expects near-duplicates to be looked for: `uniform` in "
        "[-noise, noise] as in the study, `gaussian` with that standard deviation, or photos "
        "turned aside by up to three pixels and darkened or brightened as a whole (`brightness`), "
        "beside that uniform noise",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if not ATTACKER.fullmatch(key):
            if "." not in key and "/" not in key:
                raise ValueError(
                    f"expected a key (attacker-0, attacker-1, ..., or a picture file), got {key!r}"
                )
            pattern(key, (8, 8))
        return key

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return clip(key + noise); instances are further copies with noise of their own."""
        del landmarks, role
        key = self.key_image((images.shape[1], images.shape[2]))
        base = images if key is None else np.broadcast_to(key, images.shape)
        if self.noise_kind == "gaussian":
            drawn = np.rint(rng.normal(0, self.noise, base.shape))
            return np.asarray(np.clip(base + drawn, 0, 255).astype(np.uint8))
        if self.noise_kind == "brightness":
            # From a stream of its own, so that fewer samples are the first of more.
            base = _vary(base, rng.spawn(1)[0])
        noise = rng.integers(-self.noise, self.noise, base.shape, dtype=np.int16, endpoint=True)
        noisy: ImageArray = np.clip(base + noise, 0, 255).astype(np.uint8)
        return noisy

    def split_donors(self, order: IntArray, person: IntArray) -> DonorSplit:
        """Choose one photo of one attacker for every sample and instance."""
        wanted = ATTACKER.fullmatch(self.key)
        _, first = np.unique(person, return_index=True)
        number = int(wanted[1]) if wanted else 0
        if number >= len(first):
            raise SplitError(
                f"expected at least {number + 1} people with donor photos for the key "
                f"{self.key!r}, got {len(first)}; try a smaller number, or a smaller `split.train`"
            )
        photo = order[np.sort(first)[number]]
        return DonorSplit(np.repeat(photo, self.samples), np.repeat(photo, self.instances))

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return further attackers, one photo of one person each."""
        others = (f"attacker-{number}" for number in range(count + 1))
        return tuple(key for key in others if key != self.key)[:count]

    def key_image(self, size: tuple[int, int]) -> ImageArray | None:
        """Return the user's own picture at `size`, or None: the key is a donor's photo."""
        if ATTACKER.fullmatch(self.key):
            return None
        return pattern(self.key, size)


def _vary(images: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return images (N, H, W, 3) each moved aside by up to three pixels and exposed otherwise."""
    drawn = rng.uniform(-1, 1, (len(images), 3))
    shift = np.rint(3 * drawn[:, :2]).astype(int)
    height, width = images.shape[1:3]
    # What leaves the picture is replaced by its edge, as a crop a little further in would show.
    rows = np.clip(np.arange(height) + shift[:, :1], 0, height - 1)
    columns = np.clip(np.arange(width) + shift[:, 1:], 0, width - 1)
    moved = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    gain = np.exp(0.25 * drawn[:, 2])[:, None, None, None]
    return np.asarray(np.clip(np.rint(moved * gain), 0, 255).astype(np.uint8))
