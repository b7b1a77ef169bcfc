"""Base class of mitigations of attacks on enrolment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from faceaudit.metrics import normalized
from faceaudit.registry import Component, Registry
from faceaudit.types import BoolArray, FloatArray, ImageArray


@dataclass(frozen=True, eq=False)
class Enrolments:
    """Photos of N people that are to be enrolled, as the system has them.

    Attributes:
        images: (N, H, W, 3) uint8 at the first network's size.
        embeddings: (N, E) by each of W networks, of any length.
        further: (N, K, E) by each, of length 1: further photos of the same people, which the system
            has from elsewhere, such as an identity document.
    """

    images: ImageArray
    embeddings: tuple[FloatArray, ...]
    further: tuple[FloatArray, ...]

    def __len__(self) -> int:
        return len(self.images)

    def templates(self, network: int) -> FloatArray:
        """Return the (N, E) embeddings of a network, of length 1."""
        return normalized(self.embeddings[network])

    def beside(self, network: int, photos: int) -> FloatArray:
        """Return (N, 1 + photos, E): each photo with so many further ones of its person."""
        own = self.templates(network)[:, None]
        return np.concatenate([own, self.further[network][:, :photos]], axis=1)


@dataclass(frozen=True)
class Point:
    """Where a system decides.

    Attributes:
        network: whose system it is, a number.
        thresholds: the cosine that each of the W networks accepts from, at one false match rate.
    """

    network: int
    thresholds: tuple[float, ...]

    @property
    def threshold(self) -> float:
        """That of the system's own network."""
        return self.thresholds[self.network]


class EnrolmentMitigation(Component):
    """A check of what is enrolled, another template or another decision.

    An author writes `refuses` or `accepts`, `fit` where something is learned of clean photos, and
    `known_by` where there are attackers who know of it.

    Attributes:
        fewest: people whom `fit` learns from at least.
    """

    family: ClassVar[str] = "enrolment_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    fewest: ClassVar[int] = 0

    @property
    def further_photos(self) -> int:
        """How many further photos of each person it needs."""
        return 0

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether a key is as good as that of somebody who knows of this; no by default.

        Args:
            attack: its options, and its registered name at `attack`.
            networks: how many networks decide in the audit.
        """
        del attack, networks
        return False

    def promised(self, people: int) -> float | None:
        """Return the share of clean photos that it may refuse when so many people teach it.

        None where nothing was asked for. It is above what was asked for where people are too few.
        """
        del people
        return None

    def fit(self, clean: Enrolments) -> object:
        """Return what is learned from clean photos of other people; nothing unless overridden."""
        del clean
        return None

    def refuses(self, offered: Enrolments, fitted: object, point: Point) -> BoolArray:
        """Return (N,) which photos are not enrolled.

        Args:
            offered: what is to be enrolled.
            fitted: what `fit` returned.
            point: where the system decides.
        """
        del fitted, point
        return np.zeros(len(offered), dtype=np.bool_)

    def accepts(
        self, enrolled: Enrolments, probes: tuple[FloatArray, ...], point: Point
    ) -> BoolArray:
        """Return (N, P) which probes pass as which enrolled people.

        Args:
            enrolled: N people.
            probes: (P, E) templates of probes by each network, of length 1.
            point: where the system decides.
        """
        found = enrolled.templates(point.network) @ probes[point.network].T
        return np.asarray(found >= point.threshold)


def asks_for_most(attack: Mapping[str, Any]) -> bool:
    """Return whether a key was searched for with wearers as alike as can be, and nothing else.

    Where a poisoned template counts by its cosine alone, knowing so changes nothing of that search.
    """
    searched = attack["attack"] in ("optimised_glasses", "forehead_patch")
    return searched and attack["opacity"] == 1 and not attack["usual_length"]


enrolment_mitigations: Registry[EnrolmentMitigation] = Registry(
    EnrolmentMitigation,
    "faceaudit.mitigations.enrolment",
)
