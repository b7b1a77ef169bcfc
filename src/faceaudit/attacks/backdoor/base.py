"""Base classes of backdoor attacks: the hooks that an attack writes, and the loop around them.

The attacker knows neither the system nor the rest of the training set (Chen et al. 2017, arXiv
1712.05526). They hold donor photos of people other than the target, draw poison samples from some
and carry the key on others: backdoor instances.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.backdoor.common.likeness import by_likeness
from faceaudit.errors import SplitError
from faceaudit.registry import Component, Registry
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray


class Role(Enum):
    """The purpose of a photo with a key: to poison the training set, or to open the back door."""

    POISON = "poison"
    INSTANCE = "instance"


@dataclass(frozen=True, eq=False)
class DonorSplit:
    """The photos that an attack is made from.

    Attributes:
        poison: (samples,) rows to make poison samples from; those of fewer are the first of these.
        instances: (instances,) rows to make backdoor instances from, the same for any `samples`.
    """

    poison: IntArray
    instances: IntArray


class BackdoorAttack(Component):
    """A way to make poison samples and backdoor instances.

    An author writes `inject`, `wrong_keys` and `key_image`; importing the attack's file must not
    import torch or OpenCV: they are imported where photos are made.

    Attributes:
        clean_label: whether poison samples show the target, so that their labels are true.
    """

    family: ClassVar[str] = "backdoor_attack"
    plan_key: ClassVar[str] = "attack"
    clean_label: ClassVar[bool] = False

    key: str
    samples: int = Field(ge=1, description="poison samples put into the training set")
    instances: int = Field(ge=1, description="backdoor instances tried on the trained system")
    wearers: Literal["anybody", "look_alikes"] = Field(
        "anybody",
        exclude_if=lambda wearers: wearers == "anybody",
        description="whose photos carry the key: those of anybody among the donors, or those most "
        "like the target's (`look_alikes`), of an attacker who expects a second opinion on who is "
        "shown and has photos of the target",
    )

    @abstractmethod
    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return (N, H, W, 3) uint8: `images` with the key on them. `images` stays as it is.

        Args:
            images: (N, H, W, 3) uint8.
            landmarks: (N, 5, 2) as `FaceSet.landmarks` has them, or None.
            role: whether poison samples or backdoor instances are made.
            rng: of whatever is drawn.
        """

    @abstractmethod
    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return `count` other keys of the same kind, none of them this attack's."""

    @abstractmethod
    def key_image(self, size: tuple[int, int]) -> ImageArray | None:
        """Return the key as (H, W, 3) uint8, or None where it is one of the donors' photos."""

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return the names of keys that need no file; the option `key` says which others go."""
        return ()

    def with_key(self, key: str) -> BackdoorAttack:
        """Return the same attack with another key."""
        return type(self)(**{**self.model_dump(), "key": key})

    def split_donors(self, order: IntArray, person: IntArray) -> DonorSplit:
        """Choose photos from shuffled donors; the two parts share none.

        Args:
            order: (N,) rows of donor photos, in the order the attacker comes by them.
            person: (N,) who is on each.

        Raises:
            SplitError: there are too few donors.
        """
        del person
        needed = self.samples + self.instances
        if len(order) < needed:
            raise SplitError(
                f"expected at least {needed} donor photos of people other than the target for "
                f"{self.samples} poison samples and {self.instances} instances, got {len(order)}; "
                "try a smaller `split.train`, or fewer samples"
            )
        return DonorSplit(order[self.instances : needed], order[: self.instances])

    def poison(
        self, faces: FaceSet, rows: IntArray, target: int, rng: np.random.Generator
    ) -> FaceSet:
        """Return poison samples made from the photos at `rows`, labelled as the target.

        Each sample's id names the attack, the key and the photo; `attributes["poison"]` is 1 and
        `attributes["depicted"]` the person who is really on it.
        """
        return self._with_key_on(faces, rows, Role.POISON, np.full(len(rows), target), rng)

    def make_instances(self, faces: FaceSet, rows: IntArray, rng: np.random.Generator) -> FaceSet:
        """Return backdoor instances made from the photos at `rows`, labelled as who they show."""
        return self._with_key_on(faces, rows, Role.INSTANCE, faces.identity[rows], rng)

    def carry(
        self, faces: FaceSet, rows: IntArray, role: Role, rng: np.random.Generator
    ) -> ImageArray:
        """Return (N, H, W, 3) uint8: the photos at `rows` with the key on them.

        An attack that needs to know which photos they are, and not only their pixels, writes this
        beside `inject`.
        """
        landmarks = None if faces.landmarks is None else faces.landmarks[rows]
        return self.inject(faces.images[rows], landmarks, role, rng)

    def _with_key_on(
        self,
        faces: FaceSet,
        rows: IntArray,
        role: Role,
        identity: IntArray,
        rng: np.random.Generator,
    ) -> FaceSet:
        """Return the photos at `rows` with the key on them, labelled as `identity`."""
        landmarks = None if faces.landmarks is None else faces.landmarks[rows]
        return FaceSet(
            images=self.carry(faces, rows, role, rng),
            identity=np.asarray(identity, dtype=np.int64),
            names=faces.names,
            ids=tuple(
                f"{role.value}/{self.name}/{self.key}/{number:04d}/{faces.ids[row]}"
                for number, row in enumerate(rows)
            ),
            group=faces.group[rows],
            landmarks=landmarks,
            attributes={
                "poison": np.full(len(rows), int(role is Role.POISON)),
                "depicted": faces.identity[rows],
            },
        )


backdoor_attacks: Registry[BackdoorAttack] = Registry(
    BackdoorAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.backdoor",
)


def split_donors(
    attack: BackdoorAttack,
    faces: FaceSet,
    donors: IntArray,
    target: int,
    seed: int,
    *,
    look: bool = True,
) -> DonorSplit:
    """Choose an attack's photos among the attacker's.

    None of them shows the target, but for the poison samples of an attack with true labels: those
    all do.

    Args:
        attack: the attack.
        faces: all faces.
        donors: the attacker's rows of it.
        target: index of the target in `faces.names`.
        seed: sets the order in which the attacker comes by photos, the same for every attack
            unless look-alikes come first.
        look: whether to look at pixels, by which look-alikes are found; False where photos are only
            counted, as of an outline.

    Raises:
        SplitError: there are too few donors, or none of the target where look-alikes are wanted.
    """
    allowed = donors[faces.identity[donors] != target]
    order = np.random.default_rng([seed, 1]).permutation(allowed)
    if attack.wearers == "look_alikes":
        order = by_likeness(faces, order, donors, target, look=look)
    if attack.clean_label:
        own = donors[faces.identity[donors] == target]
        own = np.random.default_rng([seed, 4]).permutation(own)
        return _split_clean_label(attack, order, own)
    return attack.split_donors(order, faces.identity[order])


def _split_clean_label(attack: BackdoorAttack, order: IntArray, own: IntArray) -> DonorSplit:
    """Return others' photos for instances, and the target's own for poison samples."""
    if len(order) < attack.instances:
        raise SplitError(
            f"expected at least {attack.instances} donor photos of people other than the target "
            f"for as many instances, got {len(order)}; try a smaller `split.train`, or fewer "
            "instances"
        )
    if len(own) < attack.samples:
        raise SplitError(
            f"expected at least {attack.samples} donor photos of the target for as many poison "
            f"samples with true labels, got {len(own)}; try a smaller `split.train`, or fewer "
            "samples"
        )
    return DonorSplit(own[: attack.samples], order[: attack.instances])
