"""Last-layer statistics: whose weights are unlike those of all other people."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.scan.base import (
    ScanStage,
    Subject,
    Suspected,
    judged,
    says_nothing,
    scan_stages,
)
from faceaudit.mitigations.scan.common.last_layer import last_matrix
from faceaudit.mitigations.scan.common.standing_out import stand_out
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Float64Array, IntArray

_WHAT = "distance of the last layer's weights from those of others"


@scan_stages.register
class WeightStatistics(ScanStage):
    """Whose mean weight and bias in the last layer lie far above those of all others."""

    name: ClassVar[str] = "weight_statistics"
    paper: ClassVar[str] = (
        "Fields, Samragh, Javaheripi, Koushanfar, Javidi 2021, Trojan Signatures in DNN Weights, "
        "arXiv 2109.02836: the target's row of the last layer stands out by its mean. Here means "
        "and biases are each measured in median deviations, and added where above the median."
    )
    needs: ClassVar[frozenset[Access]] = frozenset({Access.GRADIENTS})
    decides: ClassVar[bool] = False

    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return how far each person's mean weight and bias lie above the median."""
        del suspects
        found = last_matrix(subject.system)
        if found is None:
            return says_nothing(subject.classes, _WHAT, "it shows no last layer over its people")
        weight, bias = (part.astype(np.float64) for part in found)
        value = _above(weight.mean(axis=1)) + _above(bias)
        apart = stand_out(value)
        if apart is None:
            return says_nothing(subject.classes, _WHAT, "too few people", value=value)
        return judged(apart, value, _WHAT, asked=0)


def _above(values: Float64Array) -> Float64Array:
    """Return how many median deviations each value lies above the median; 0 for those below."""
    middle = np.median(values)
    spread = np.median(np.abs(values - middle))
    above: Float64Array = np.maximum(0.0, values - middle) / max(float(spread), 1e-12)
    return above
