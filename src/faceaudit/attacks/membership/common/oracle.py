"""A verifier as an attacker sees it: scores or labels only, every query counted."""

from __future__ import annotations

from typing import Literal

import numpy as np

from faceaudit.errors import InputError
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.types import FloatArray

Access = Literal["scores", "labels"]


class Oracle:
    """One verifier behind an interface that gives no more than it should.

    Args:
        verifier: exactly one.
        access: "scores" gives answers in [0, 1]; "labels" gives 1 for one person, 0 for two.

    Attributes:
        queries: pairs asked about so far.
    """

    def __init__(self, verifier: VerifierBank, access: Access) -> None:
        if verifier.count != 1:
            raise InputError(f"expected one verifier to look at, got {verifier.count}")
        self._verifier = verifier
        self.access = access
        self.queries = 0

    def query(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (N,) answers about pairs of embeddings, (N, J, E) each, by J backbones."""
        self.queries += len(first)
        answers = self._verifier.answers(first, second)[0]
        return answers if self.access == "scores" else as_labels(answers)


def as_labels(answers: FloatArray) -> FloatArray:
    """Return 1 where an answer accepts and 0 where it does not."""
    return (answers >= 0.5).astype(np.float32)
