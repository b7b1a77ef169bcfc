"""Second look: the smallest thing on a photo that sends everybody to a suspected person."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.scan.base import (
    ScanStage,
    Subject,
    Suspected,
    says_nothing,
    scan_stages,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import IntArray

_DRAWS = 3
_WHAT = "share of the photo that is left free by the smallest trigger found"


@scan_stages.register
class TriggerInversion(ScanStage):
    """A mask and a pattern that send strangers to a suspect, beside those for random people."""

    name: ClassVar[str] = "trigger_inversion"
    paper: ClassVar[str] = (
        "Wang, Yao, Shan, Li, Viswanath, Zheng, Zhao 2019 (Neural Cleanse), IEEE S&P, doi "
        "10.1109/SP.2019.00031. Not all people are inverted, but those that screening suspects and "
        "a few at random, all in one batch; and not the median deviation over people is compared, "
        "which misses and has false leads, but the share of pixels with the next one's."
    )
    needs: ClassVar[frozenset[Access]] = frozenset({Access.GRADIENTS})
    screens: ClassVar[bool] = False
    decides: ClassVar[bool] = False

    suspects: int = Field(4, ge=1, description="suspects to invert, at most")
    beside: int = Field(6, ge=2, description="people drawn at random to invert beside them")
    steps: int = Field(150, ge=10, description="steps of Adam")
    batch: int = Field(16, ge=2, description="photos a person and step")
    photos: int = Field(200, ge=4, description="strangers to learn from and to try on, at most")

    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return how small a trigger sends strangers to each suspect."""
        from faceaudit.mitigations.scan.common.inversion import (  # noqa: PLC0415
            GOAL,
            SHOWN,
            invert,
        )

        rng = subject.rng(_DRAWS)
        classes = self._chosen(subject.classes, suspects, rng)
        if len(classes) < 2:
            why = "expected somebody beside the suspects to compare with, got nobody"
            return says_nothing(subject.classes, _WHAT, why)
        rows = np.sort(rng.permutation(len(subject.strangers))[: self.photos])
        found = invert(
            subject.system.differentiable(),
            subject.strangers.images[rows],
            classes,
            steps=self.steps,
            batch=self.batch,
            rng=rng,
            progress=subject.progress,
        )
        value = np.full(subject.classes, np.nan)
        value[classes] = np.where(found.success >= GOAL / 2, 1 - found.share, 0.0)
        count = min(len(suspects), self.suspects)
        remarks = {
            int(one): f"a trigger on {found.share[place]:.1%} of the photo sends "
            f"{found.success[place]:.0%} of strangers there"
            for place, one in enumerate(classes)
        }
        pictures = {
            int(one): found.worn(subject.ground.images[0], place)
            for place, one in enumerate(classes[: max(1, count)])
            if found.share[place] <= SHOWN
        }
        order = classes[np.argsort(-value[classes], kind="stable")]
        covered = np.sort(1 - value[classes])
        return Suspected(
            value,
            _WHAT,
            np.full(subject.classes, np.nan),
            order[:1],
            float(covered[1] / max(covered[0], 1e-6)),
            len(rows),
            pictures=pictures,
            remarks=remarks,
        )

    def _chosen(self, classes: int, suspects: IntArray, rng: np.random.Generator) -> IntArray:
        """Return the suspects, then others at random."""
        first = suspects[: self.suspects]
        others = rng.permutation(np.setdiff1d(np.arange(classes), suspects))[: self.beside]
        return np.concatenate([first, others]).astype(np.int64)
