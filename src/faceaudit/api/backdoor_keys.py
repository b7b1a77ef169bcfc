"""Keys of backdoors on photos, as attacks put them there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from faceaudit.api.arguments import check_count, check_images, shown
from faceaudit.attacks.backdoor import BackdoorAttack, Role, backdoor_attacks
from faceaudit.errors import InputError
from faceaudit.types import FloatArray, ImageArray

BackdoorLike = BackdoorAttack | str | Mapping[str, Any]
"""A backdoor attack, by its name or as a plan spells it."""


def put_key(
    attack: BackdoorLike,
    photos: ImageArray,
    *,
    landmarks: FloatArray | None = None,
    poison: bool = False,
    seed: int = 0,
) -> ImageArray:
    """Put the key of a backdoor attack on photos, by the code that an audit attacks with.

    Args:
        attack: its name, as in "accessory", or as a plan spells it, with its key and how strongly
            it is blended. Of `input_instance` the photo itself is the key: noise is added to it.
        photos: (N, H, W, 3) uint8, RGB.
        landmarks: (N, 5, 2) pixels as `FaceSet.landmarks` has them; where None, or where a row is
            NaN, glasses are worn where the attack's option `eyes` has them.
        poison: make poison samples, as they are put into a training set; else backdoor instances,
            as they are shown to the trained system.
        seed: of the noise that `input_instance` adds.

    Returns:
        (N, H, W, 3) uint8; `photos` stay as they are.

    Raises:
        UnknownName: no attack, or no key, has that name.
        OptionError: an option of the attack is wrong.
        InputError: the photos or landmarks are none, or the key's file cannot be used.

    Example:
        >>> import faceaudit, numpy
        >>> grey = numpy.full((1, 55, 47, 3), 128, dtype=numpy.uint8)
        >>> worn = faceaudit.put_key({"attack": "accessory", "key": "glasses-square"}, grey)
        >>> worn.shape, bool((worn != grey).any())
        ((1, 55, 47, 3), True)
    """
    images = check_images(photos, "photos")
    marks = None if landmarks is None else np.asarray(landmarks)
    if marks is not None and (marks.shape != (len(images), 5, 2) or marks.dtype.kind not in "fiu"):
        raise InputError(
            f"expected landmarks ({len(images)}, 5, 2) as numbers, one row a photo, got "
            f"{shown(landmarks)}; try those of faceaudit.load_faces, or None"
        )
    made = attack if isinstance(attack, BackdoorAttack) else backdoor_attacks.build(attack)
    role = Role.POISON if poison else Role.INSTANCE
    rng = np.random.default_rng(check_count(seed, "the seed", least=0))
    return made.inject(images, marks, role, rng)
