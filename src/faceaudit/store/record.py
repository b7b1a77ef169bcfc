"""Records of a store: what was found in a case, and a trained system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from faceaudit.types import Estimate, Evidence, Figure


@dataclass(frozen=True, eq=False)
class CaseRecord:
    """What was found in one case.

    Attributes:
        id: sha256 of everything that determines the case.
        spec: the case as plain values.
        facts: plain values worth reading beside the figures, such as counts and the system's id;
            nothing here determines the case.
        figures: what was measured; empty for a failed case.
        evidence: one row a sample; None for a failed case.
        pictures: PNG files by name.
        error: why the case failed, or None.
        traceback: where it failed, for whoever mends it; empty when it did not.
        withheld: how many pictures of real people were not kept.
        kept: whether a run found it done by another one; nothing of it is in the store.
    """

    id: str
    spec: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    evidence: Evidence | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    error: str | None = None
    traceback: str = ""
    withheld: int = 0
    kept: bool = False

    def figure(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric, or None when the case does not have it."""
        return next((f.estimate for f in self.figures if f.metric == metric), None)


@dataclass(frozen=True, eq=False)
class SystemRecord:
    """A trained system.

    Attributes:
        id: sha256 of everything that determines the training.
        spec: the training as plain values.
        curve: one mapping an epoch: epoch, train_loss, validation_loss, validation_accuracy.
        weights_bytes: the file of weights (safetensors).
    """

    id: str
    spec: Mapping[str, Any]
    curve: tuple[Mapping[str, float], ...]
    weights_bytes: bytes
