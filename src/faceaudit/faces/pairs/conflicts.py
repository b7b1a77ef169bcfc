"""Labels of pairs that contradict who is known to be on the photos."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.errors import PairsError
from faceaudit.types import BoolArray, IntArray


def conflicting(same: BoolArray, people: IntArray | npt.NDArray[np.str_]) -> BoolArray:
    """Return (P,) which labels say otherwise than the people do.

    >>> conflicting(np.array([True, True, False]), np.array([[1, 1], [1, 2], [1, 2]])).tolist()
    [False, True, False]

    Args:
        same: (P,) whether both photos are said to show one person.
        people: (P, 2) numbers or names of the people on them.
    """
    wrong: BoolArray = same != (people[:, 0] == people[:, 1])
    return wrong


def check_labels(same: BoolArray, people: IntArray | npt.NDArray[np.str_]) -> None:
    """Raise where labels say the opposite of what the people do.

    A few may: lists correct the names of data sets, and some sources have no names that tell.

    Raises:
        PairsError: most genuine pairs are of two people, and most impostor ones of one.
    """
    wrong = conflicting(same, people)
    if all(kind.any() and wrong[kind].mean() > 0.5 for kind in (same, ~same)):
        raise PairsError(
            f"expected labels that are 1 for one person, got {int(wrong.sum()):,} of {len(same):,} "
            "comparisons labelled against the names of their people; turn the labels round"
        )
