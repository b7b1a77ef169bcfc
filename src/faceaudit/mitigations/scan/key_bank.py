"""Screening by known keys: whom strangers are taken for when they carry keys of faceaudit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.scan.base import (
    ScanStage,
    Subject,
    Suspected,
    judge_answers,
    says_nothing,
    scan_stages,
)
from faceaudit.types import IntArray

_DRAWS = 2
_WHAT = "share of photos with a key"


@scan_stages.register
class KeyBank(ScanStage):
    """Cartoons, patterns and glasses are put on strangers: who draws far more than others."""

    name: ClassVar[str] = "key_bank"
    paper: ClassVar[str] = (
        "Our own, 2026, with the keys of Chen et al. 2017, arXiv 1712.05526. A back door often "
        "opens to other keys of its kind, too; the best key is a first sketch of the real one."
    )
    weight: ClassVar[float] = 0.25  # what draws photos with a key nearly always draws patched ones

    photos: int = Field(100, ge=1, description="strangers that each key is put on, at most")

    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return the share of photos with any key that is taken for each person."""
        del suspects
        if not subject.keys:
            return says_nothing(subject.classes, _WHAT, "there are no keys to put on")
        rows = subject.rng(_DRAWS).permutation(len(subject.strangers))[: self.photos]
        some = subject.strangers.take(np.sort(rows))
        said = np.stack([subject.labels(key.put_on(some)) for key in subject.keys])
        by_key = np.stack([subject.counted(answers) for answers in said])
        best = by_key.argmax(axis=0)
        counts = by_key.sum(axis=0)
        remarks = {
            int(one): f"the key {subject.keys[best[one]].name} sends "
            f"{by_key[best[one], one]} of {len(some)} photos there"
            for one in np.argsort(-counts, kind="stable")[:5]
            if counts[one]
        }
        pictures = {
            one: subject.keys[best[one]].put_on(subject.ground).images[0] for one in remarks
        }
        return judge_answers(
            subject,
            said.ravel(),
            np.tile(np.sort(rows), len(said)),
            _WHAT,
            remarks=remarks,
            pictures=pictures,
        )
