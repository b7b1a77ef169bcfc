"""Master faces among photos of real people."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.master_face.base import (
    Known,
    MasterFaceAttack,
    choose_greedily,
    master_face_attacks,
)
from faceaudit.errors import InputError
from faceaudit.types import ImageArray


@master_face_attacks.register
class GreedyPhotos(MasterFaceAttack):
    """The known people's photos that pass as the most other known people, chosen one by one.

    Nothing is made: it is what somebody can do who has photos and may embed them, and says how
    uneven false matches are (the wolves of Doddington et al. 1998).
    """

    name: ClassVar[str] = "greedy_photos"
    paper: ClassVar[str] = (
        "the dictionary of Roy, Memon, Ross 2017, MasterPrint, IEEE TIFS, which chooses among real "
        "samples; here of faces"
    )

    def find(self, known: Known, count: int, rng: np.random.Generator) -> ImageArray:
        """Return the photos; a photo does not count for the person on it.

        Raises:
            InputError: more are asked for than there are.
        """
        del rng
        if count > len(known.photos):
            raise InputError(
                f"expected at most {len(known.photos)} faces, one a known person, got {count}; "
                "try fewer, or more known people"
            )
        scores = np.array(known.scores(known.photos))
        np.fill_diagonal(scores, -np.inf)
        return known.photos[choose_greedily(scores, count)]
