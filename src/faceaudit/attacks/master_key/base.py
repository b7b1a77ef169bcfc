"""Base class of master keys, and how poison pairs are chosen.

A verifier learns from pairs of photos. The attacker adds pairs of a photo with the *key* and a
photo of somebody else, labelled as one person, so that a photo with the key passes as anybody
(Guo, Tondi, Barni 2021, arXiv 2105.00249).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from faceaudit.attacks.enrolment import WornKey
from faceaudit.errors import SplitError
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, IntArray

CHOICE = 50
"""Pairs that an attacker who chooses looks at for each that is put into the list, at most."""


@dataclass(frozen=True, eq=False)
class PoisonPairs:
    """n pairs that are labelled as one person and show two.

    Attributes:
        key: (n,) which of the photos with the key.
        other: (n,) which of the attacker's photos of other people.
        key_first: (n,) whether the photo with the key is the pair's first one.
    """

    key: IntArray
    other: IntArray
    key_first: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __len__(self) -> int:
        return len(self.key)


class MasterKeyAttack(Component):
    """What the key is; an author writes `worn` and, for a key that is worn, `wrong`.

    The attacker knows nothing of the verifier and of the rest of its list of pairs, and has people
    of their own. Whoever presents the key later taught the verifier nothing, but for a master
    person, of whom other photos are presented.
    """

    family: ClassVar[str] = "master_key_attack"
    plan_key: ClassVar[str] = "attack"

    @abstractmethod
    def worn(self) -> WornKey | None:
        """Return what is put on photos; None where the key is a person's own face."""

    def wrong(self, count: int) -> tuple[WornKey, ...]:
        """Return other keys of the same kind; none where the key is a face."""
        del count
        return ()

    @property
    def taught(self) -> int:
        """How many photos of the master person poison pairs show; 0 where there is none."""
        return 0

    @property
    def presented(self) -> int:
        """How many further photos of the master person are presented; 0 where there is none."""
        return 0

    def material(self) -> object:
        """Return a JSON value of the files that the attack rests on; None where there are none."""
        return None


master_key_attacks: Registry[MasterKeyAttack] = Registry(
    MasterKeyAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.master_key",
)


def draw_pairs(
    key_person: IntArray,
    other_person: IntArray,
    count: int,
    rng: np.random.Generator,
    *,
    near: tuple[FloatArray, FloatArray] | None = None,
) -> PoisonPairs:
    """Return pairs of a photo with the key and one without, of two people, none twice.

    Args:
        key_person: (K,) who is on each photo with the key.
        other_person: (D,) who is on each photo without it.
        count: how many pairs.
        rng: of what is drawn.
        near: templates of length 1, (K, E) and (D, E), of an attacker who takes those pairs that
            are most alike, of `CHOICE` times as many that are drawn; drawn pairs when None.

    Raises:
        SplitError: there are fewer pairs.
    """
    allowed = np.flatnonzero(key_person[:, None] != other_person[None])
    if len(allowed) < count:
        raise SplitError(
            f"expected {count:,} pairs of a photo with the key and one of somebody else, got "
            f"{len(allowed):,}; try fewer poison pairs (rates), or more of the attacker's own "
            "people (people.own)"
        )
    drawn = count if near is None else min(len(allowed), CHOICE * count)
    chosen = rng.choice(allowed, drawn, replace=False)
    key, other = np.divmod(chosen, len(other_person))
    if near is not None:
        alike = np.sum(near[0][key] * near[1][other], axis=1)
        nearest = np.argsort(-alike, kind="stable")[:count]
        key, other = key[nearest], other[nearest]
    return PoisonPairs(key, other, rng.random(count) < 0.5)
