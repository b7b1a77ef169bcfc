"""Seeds of the predictors that one verifier is made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def sub_seeds(seeds: Sequence[int], places: Sequence[int]) -> list[int]:
    """Return one seed for each of M verifiers and each place in it, a verifier's next to another.

    Place 0 has the verifier's own seed, so that a verifier of one model is the plain one.

    >>> sub_seeds([7], [0]), len(set(sub_seeds([7, 8], [0, 1, 2])))
    ([7], 6)
    """
    return [_derive_seed(seed, place) for seed in seeds for place in places]


def _derive_seed(seed: int, place: int) -> int:
    if place == 0:
        return seed
    return int(np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0] >> 1)
