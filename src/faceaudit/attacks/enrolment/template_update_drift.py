"""A template that updates itself is led from its person to the attacker, photo by photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.enrolment.base import UpdateAttack, enrolment_attacks
from faceaudit.types import ImageArray


@enrolment_attacks.register
class TemplateUpdateDrift(UpdateAttack):
    """Shows mixtures of the victim's face and the attacker's own, with ever more of the latter.

    Each that the system accepts moves its template; in the end the attacker, bare, is let in.
    """

    name: ClassVar[str] = "template_update_drift"
    paper: ClassVar[str] = (
        "Lovisotto, Eberz, Martinovic 2020, Biometric Backdoors: A Poisoning Attack Against "
        "Unsupervised Template Updating (EuroS&P), arXiv 1905.09162. Their intermediate faces are "
        "found through a surrogate network and worn as glasses; ours are mixtures of two aligned "
        "photos, which takes no network."
    )
    knowledge: ClassVar[str] = "one photo of the victim, which is not the enrolled one"

    photos: int = Field(
        20, ge=1, le=500, description="photos shown, in equal steps to the own face"
    )

    def shown(self, attacker: ImageArray, victim: ImageArray) -> Sequence[ImageArray]:
        """Return the mixtures; the last ones are the attacker's own photos."""
        own, other = attacker.astype(np.float32), victim.astype(np.float32)
        return [
            np.rint(share * own + (1 - share) * other).astype(np.uint8)
            for share in np.linspace(1 / self.photos, 1, self.photos)
        ]
