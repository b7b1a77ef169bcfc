"""Photos that whoever mitigates has, and those that mitigations are judged on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.errors import SplitError
from faceaudit.faces.split import Split
from faceaudit.types import IntArray


@dataclass(frozen=True, eq=False)
class CleanPhotos:
    """Rows of photos that no system was trained on.

    Attributes:
        clean: (N,) of whoever mitigates, one person after the other.
        judged: (M,) test photos that no treatment of the section has.
    """

    clean: IntArray
    judged: IntArray

    def halves(self) -> tuple[IntArray, IntArray]:
        """Return the clean photos in two halves, each with about half of everybody's."""
        return self.clean[::2], self.clean[1::2]


def clean_photos(split: Split, count: int, reserved: int, seed: int) -> CleanPhotos:
    """Deal photos that nobody was trained on to whoever mitigates, and to whoever judges.

    Everybody's validation photos come first, shuffled, then their test photos, shuffled. Fewer are
    the first of more.

    Args:
        split: who is enrolled.
        count: clean photos of each person.
        reserved: the most of a person that any treatment has; those are not judged on.
        seed: of the order.

    Raises:
        SplitError: a person would have no test photo left, or has not so many.
    """
    rng = np.random.default_rng([seed, 7])
    clean, taken = [], []
    for label, name in enumerate(split.names):
        parts = [part[split.label[part] == label] for part in (split.validation, split.test)]
        rows = np.concatenate([rng.permutation(part) for part in parts])
        if len(rows) <= reserved:
            raise SplitError(
                f"expected more than {reserved} validation and test photos of each person, so that "
                f"mitigations are judged on some, got {len(rows)} of {name}; try a larger "
                "split.test, or fewer clean_photos"
            )
        clean.append(rows[:count])
        taken.append(rows[:reserved])
    judged = split.test[~np.isin(split.test, np.concatenate(taken))]
    return CleanPhotos(np.concatenate(clean).astype(np.int64), judged)
