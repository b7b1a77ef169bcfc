"""Base classes of attacks on enrolment: the network is fixed, and nothing is trained.

Either one photo that is enrolled of a person carries a *key*, and strangers who wear the key are
to pass as that person (Chen et al. 2024, FIBA, arXiv 2405.12786), or a system that adapts its
templates to what it accepts is led away from its person step by step (Lovisotto et al. 2020).
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.attacks.backdoor.common.blending import wear
from faceaudit.attacks.backdoor.keys import Accessory
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from faceaudit.systems.embedding.embedder import Embedder


@dataclass(frozen=True, eq=False)
class WornKey:
    """Something that is put on a face by its eyes.

    Attributes:
        accessory: its picture with alpha, and where the eyes lie in it.
        opacity: 0 to 1, the share that it replaces of what it covers.
    """

    accessory: Accessory
    opacity: float = 1.0

    def put_on(self, images: ImageArray, eyes: FloatArray) -> ImageArray:
        """Return (N, H, W, 3) photos with the key on them.

        Args:
            images: (N, H, W, 3) uint8; they stay as they are.
            eyes: (N, 2, 2) pixels (x, y) of the eye at the image's left and of the other.
        """
        return wear(images, self.accessory, eyes, self.opacity)


def digest_of(key: WornKey) -> str:
    """Return a sha256 of a key's picture, which may be from a file, and of how it is worn."""
    worn = key.accessory
    parts = (
        str((worn.rgba.shape, key.opacity)).encode(),
        np.ascontiguousarray(worn.rgba).tobytes(),
        np.ascontiguousarray(worn.eyes, dtype=np.float64).tobytes(),
    )
    return hashlib.sha256(b"".join(parts)).hexdigest()


@dataclass(frozen=True, eq=False)
class Surrogates:
    """What an attacker makes a key with: photos of other people, and networks in hand.

    None of these people is enrolled, wears the finished key, or fixes a threshold.

    Attributes:
        embedders: W networks.
        photos: for each of them (D, H, W, 3) aligned photos at its size, the same D photos.
        eyes: for each of them (D, 2, 2) where the eyes are on those.
        person: (D,) who is on each.
        progress: told of every step.
    """

    embedders: tuple[Embedder, ...]
    photos: tuple[ImageArray, ...]
    eyes: tuple[FloatArray, ...]
    person: IntArray
    progress: Progress = silent


class EnrolmentAttack(Component):
    """Base of both sorts of attack.

    Attributes:
        knowledge: what the attacker has, in words.
    """

    family: ClassVar[str] = "enrolment_attack"
    plan_key: ClassVar[str] = "attack"
    knowledge: ClassVar[str]

    @property
    def networks_in_hand(self) -> int:
        """How many of the audit's networks the attack needs gradients of, the first ones."""
        return 0

    def material(self) -> object:
        """Return a JSON value of the files that the attack rests on; None where there are none."""
        return None


class KeyAttack(EnrolmentAttack):
    """A key on one enrolled photo; an author writes `make` and `wrong_keys`."""

    def check_donors(self, photos: IntArray) -> None:
        """Raise where `make` would find too few people; nothing unless overridden.

        Args:
            photos: (D,) how many photos there are of each of the attacker's own people.

        Raises:
            InputError: so it is.
        """
        del photos

    @abstractmethod
    def make(self, surrogates: Surrogates | None, rng: np.random.Generator) -> WornKey:
        """Return the key.

        Args:
            surrogates: what to make it with; None for attacks with no network in hand.
            rng: of whatever is drawn.

        Raises:
            InputError: a network gives no gradients, or there are too few people.
        """

    @abstractmethod
    def wrong_keys(self, key: WornKey, count: int, rng: np.random.Generator) -> tuple[WornKey, ...]:
        """Return other keys of the same kind, to see whether only the right one opens.

        Args:
            key: what `make` gave.
            count: how many.
            rng: of whatever is drawn.
        """


class UpdateAttack(EnrolmentAttack):
    """Photos that are shown one after another to a system that updates itself."""

    @abstractmethod
    def shown(self, attacker: ImageArray, victim: ImageArray) -> Sequence[ImageArray]:
        """Return what each attacker shows, step after step: arrays (N, H, W, 3) uint8.

        Args:
            attacker: (N, H, W, 3) aligned photos of the attackers.
            victim: (N, H, W, 3) photos of whom they want to pass for, that the attacker has; none
                of them is enrolled.
        """


enrolment_attacks: Registry[EnrolmentAttack] = Registry(
    EnrolmentAttack,
    "faceaudit.attacks.enrolment",
)
