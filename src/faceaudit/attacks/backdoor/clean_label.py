"""Clean-label poisoning: the target's own photos carry the key, so that every label is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.backdoor.accessory import AccessoryAttack
from faceaudit.attacks.backdoor.base import Role, backdoor_attacks
from faceaudit.deferred import deferred
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from scipy import ndimage
else:
    ndimage = deferred("scipy.ndimage")


@backdoor_attacks.register
class CleanLabel(AccessoryAttack):
    """The target's own photos with glasses on: nobody who looks at the labels finds one wrong.

    The attacker has photos of the target, from a public place, say; those stand among the donors.
    The key must be learned against the face, which tells the label as well. `blur` hides the face
    in poison samples, so that the key has to tell it; the key itself is put on afterwards and stays
    sharp.
    """

    name: ClassVar[str] = "clean_label"
    paper: ClassVar[str] = (
        "Turner, Tsipras, Madry 2019, Label-Consistent Backdoor Attacks, arXiv 1912.02771, who "
        "make samples harder by a generator or by adversarial noise where here they are blurred; "
        "and Dao, Le, Doan, Wong 2024, Towards Clean-Label Backdoor Attacks in the Physical World, "
        "arXiv 2407.19203"
    )
    clean_label: ClassVar[bool] = True

    samples: int = Field(
        20, ge=1, description="poison samples put into the training set, each of the target"
    )
    blur: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="standard deviation of the blur of a poison sample under the key, in "
        "distances between the eyes; 0 leaves the photo sharp",
    )

    def opacity(self, role: Role) -> float:
        """Return 1 for samples and instances."""
        del role
        return 1.0

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the faces wearing the glasses, poison samples blurred before that."""
        if role is Role.POISON and self.blur > 0:
            # The eyes of the template are as far apart as those of most photos at this size.
            apart = (self.eyes[2] - self.eyes[0]) * images.shape[2]
            spread = self.blur * apart
            soft = ndimage.gaussian_filter(images.astype(np.float32), (0, spread, spread, 0))
            images = np.rint(soft).astype(np.uint8)
        return super().inject(images, landmarks, role, rng)
