"""Base classes of attacks on a backbone: who was among the people that it learned from.

An author writes `statistic`, or `features` for an attack that learns from backbones of its own. A
statistic is oriented in advance, higher for likelier members: nobody looks afterwards which way
round it works better.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.attacks.backbone_membership.common.learning import learn_from_shadows
from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, Float64Array, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn

    from faceaudit.systems.embedding.embedder import Embedder


@dataclass(frozen=True, eq=False)
class Seen:
    """What an attacker holds: photos, who is on them, and what one backbone makes of them.

    Attributes:
        person: (N,) numbers of the people on the photos.
        embeddings: (N, E) as the backbone gives them, of any length.
        images: (N, H, W, 3) the photos, for attacks with the network in hand; None for others.
        embedder: the backbone itself, likewise.
    """

    person: IntArray
    embeddings: FloatArray
    images: ImageArray | None = None
    embedder: Embedder | None = None

    def __len__(self) -> int:
        return len(self.person)

    def in_hand(self) -> tuple[nn.Module, ImageArray]:
        """Return a copy of the network, from pixels to embeddings, and the photos.

        Raises:
            InputError: the attacker does not have it, or it is a file that another engine runs.
        """
        if self.embedder is None or self.images is None:
            raise InputError("expected a backbone in hand and its photos, got answers only")
        return self.embedder.differentiable(), self.images


@dataclass(frozen=True, eq=False)
class Features:
    """What a learning attack sees of one backbone.

    Attributes:
        values: (N, F) of each photo.
        person: (N,) who is on it.
        member: (N,) whether the backbone learned from that person.
    """

    values: Float64Array
    person: IntArray
    member: BoolArray


class BackboneAttack(Component):
    """An attack that gives each photo a number by one backbone.

    Attributes:
        access: EMBEDDINGS, photos may be embedded; GRADIENTS, the network is in hand.
        learns: whether it needs backbones of the attacker's own, of known members.
    """

    family: ClassVar[str] = "backbone_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access] = Access.EMBEDDINGS
    learns: ClassVar[bool] = False


class StatisticAttack(BackboneAttack):
    """An attack that needs nothing but the backbone; an author writes `statistic`."""

    @abstractmethod
    def statistic(self, seen: Seen) -> Float64Array:
        """Return (N,) numbers, higher for photos that were likelier learned from.

        Raises:
            InputError: the photos or the network do not allow it.
        """


class LearningBackboneAttack(BackboneAttack):
    """An attack that learns from the attacker's own backbones; an author writes `features`."""

    learns: ClassVar[bool] = True

    @abstractmethod
    def features(self, seen: Seen) -> Float64Array:
        """Return (N, F) numbers of each photo that mean the same on any backbone of its kind.

        Raises:
            InputError: the photos or the network do not allow it.
        """

    def scores(
        self, target: Features, shadows: Sequence[Features], rng: np.random.Generator
    ) -> Float64Array:
        """Return (N,) scores of the target's photos; who is a member of it is not looked at.

        People are dealt into two folds, and a photo is scored by what was learned, on the shadows,
        from people of the other one: what is learned of somebody's looks then says nothing.
        """
        return learn_from_shadows(
            target.values,
            target.person,
            [(one.values, one.person, one.member) for one in shadows],
            rng,
        )


backbone_attacks: Registry[BackboneAttack] = Registry(
    BackboneAttack, "faceaudit.attacks.backbone_membership"
)
