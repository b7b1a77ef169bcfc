"""Clean pairs that verifiers learn from, and how many the attacker can add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.master_key import MasterKeyAttack
from faceaudit.errors import SplitError
from faceaudit.protocols.matching import Enrolled, genuine_pairs, strangers_of
from faceaudit.types import BoolArray, FaceSet, IntArray


@dataclass(frozen=True, eq=False)
class CleanPairs:
    """P pairs of photos that all verifiers learn from.

    Attributes:
        first, second: (P,) rows of the faces.
        same: (P,) whether both show one person.
    """

    first: IntArray
    second: IntArray
    same: BoolArray

    def __len__(self) -> int:
        return len(self.same)


def pair_photos(faces: FaceSet, rows: IntArray, most: int, seed: int) -> CleanPairs:
    """Return clean pairs: as many of two people as of one, each two people as often as others.

    Args:
        faces: all of them.
        rows: photos of those who teach.
        most: pairs at most.
        seed: of the draw.
    """
    ids = tuple(faces.ids[row] for row in rows.tolist())
    enrolled = Enrolled(np.zeros((len(rows), 1), np.float32), faces.identity[rows], ids)
    genuine = genuine_pairs(enrolled, most=most // 2, seed=seed)
    strangers = strangers_of(enrolled, most=len(genuine[0]), seed=seed)
    same = np.repeat([True, False], [len(genuine[0]), len(strangers[0])])
    first, second = (
        rows[np.concatenate([one, two])] for one, two in zip(genuine, strangers, strict=True)
    )
    return CleanPairs(first, second, same)


def require_pairs(attack: MasterKeyAttack, own: int, wanted: int) -> None:
    """Raise where the attacker's own people make too few different poison pairs.

    Args:
        attack: what the key is.
        own: the attacker's own people.
        wanted: poison pairs that are to be added.

    Raises:
        SplitError: there are too few.
    """
    available = (attack.taught or own - 1) * own
    if wanted > available:
        raise SplitError(
            f"expected at most {available:,} poison pairs of {own} of the attacker's own people, "
            f"got {wanted:,}; try lower rates, or more of those people (people.own)"
        )
