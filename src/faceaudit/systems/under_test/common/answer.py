"""One answer of a system about a photo or a pair, as it is read from elsewhere and kept."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceaudit.systems.under_test.base import NO_ANSWER
from faceaudit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Answer:
    """What a system said; all of it empty where it gave no answer.

    Attributes:
        label: the person's index, or the decision about a pair; -1 where there is none.
        scores: (K,) of the people it knows, or (1,) of a pair; None where there are none.
        embedding: (E,), or None.
    """

    label: int = NO_ANSWER
    scores: FloatArray | None = None
    embedding: FloatArray | None = None

    @property
    def empty(self) -> bool:
        """Whether the system gave no answer."""
        return self.label == NO_ANSWER and self.scores is None and self.embedding is None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, its numbers to the bit."""
        return {
            "label": self.label,
            "scores": _packed(self.scores),
            "embedding": _packed(self.embedding),
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Answer:
        """Return what `as_json` wrote."""
        return cls(
            int(values["label"]), _unpacked(values["scores"]), _unpacked(values["embedding"])
        )


def _packed(numbers: FloatArray | None) -> str | None:
    if numbers is None:
        return None
    return base64.b64encode(numbers.astype("<f4").tobytes()).decode("ascii")


def _unpacked(text: str | None) -> FloatArray | None:
    if text is None:
        return None
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)


def answer_line(key: str, answer: Answer) -> str:
    """Return an answer with its key as text on one line."""
    return json.dumps({"key": key, **answer.as_json()}, separators=(",", ":"))
