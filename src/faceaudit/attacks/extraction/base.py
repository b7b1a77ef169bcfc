"""Base classes of extraction attacks: which own photos to ask a system about, and what is kept.

The outer loop is the audit's: it makes the oracle with its budget, lets an attack ask, and trains
the copy on the answers alike for all attacks. An author writes `steal`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, IntArray

Asked = Literal["photos", "pairs"]
"""What one query is about: a photo, or a pair of photos."""
Role = Literal["identifier", "verifier", "embedder"]


@dataclass(frozen=True, eq=False)
class Photos:
    """The N photos, or pairs of photos, that the attacker has to ask about.

    Attributes:
        person: (N,) who is on each; of a pair, on its first photo.
    """

    person: IntArray

    def __len__(self) -> int:
        return len(self.person)


class VictimOracle:
    """A system that answers about the attacker's photos, and counts.

    Args:
        answer: from rows of the attacker's photos or pairs to (n, K) answers: probabilities of K
            people, or (n, 1) that a pair shows one person; an embedding; the cosine of a pair.
        access: LABELS gives the most likely person or the decision alone, as 1 and 0.
        budget: how many queries it answers.

    Attributes:
        queries: how many it answered so far; a photo that is asked about twice counts twice.
    """

    def __init__(
        self, answer: Callable[[IntArray], FloatArray], access: Access, budget: int
    ) -> None:
        self._answer, self.access, self.budget = answer, access, budget
        self.queries = 0

    @property
    def left(self) -> int:
        """How many more queries it answers."""
        return self.budget - self.queries

    def ask(self, rows: IntArray) -> FloatArray:
        """Return the (n, K) answers about some photos or pairs.

        Raises:
            InputError: more are asked about than the budget allows.
        """
        if len(rows) > self.left:
            raise InputError(
                f"expected at most {self.left} more queries of {self.budget}, got {len(rows)}; "
                "raise the budget"
            )
        self.queries += len(rows)
        found = np.asarray(self._answer(rows), dtype=np.float32)
        return decided(found) if self.access == Access.LABELS else found


def decided(answers: FloatArray) -> FloatArray:
    """Return (N, K) answers as decisions: 1 for the largest, or from one half on where K is 1.

    A row of NaN, where there was no answer, stays one.

    >>> decided(np.array([[0.2, 0.8], [0.6, 0.4]], dtype=np.float32)).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if answers.shape[1] == 1:
        labels = np.where(answers >= 0.5, np.float32(1), np.float32(0))
    else:
        labels = np.zeros_like(answers)
        labels[np.arange(len(answers)), answers.argmax(axis=1)] = 1
    labels[np.isnan(answers).any(axis=1)] = np.nan
    return labels


@dataclass(frozen=True, eq=False)
class Answers:
    """What an attack asked about, and what it was told.

    Attributes:
        rows: (Q,) rows of the attacker's photos or pairs.
        answers: (Q, K) the answer to each.
    """

    rows: IntArray
    answers: FloatArray

    def __post_init__(self) -> None:
        if not len(self.rows) == len(self.answers) > 0:
            raise InputError(
                f"expected as many answers as questions, one at least, got {len(self.answers)} "
                f"and {len(self.rows)}"
            )


class ExtractionAttack(Component):
    """An extraction; an author writes `steal`.

    Attributes:
        access: what the system gives: SCORES, LABELS or EMBEDDINGS.
        asks: for each role that it copies, what a query is about.
    """

    family: ClassVar[str] = "extraction_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access]
    asks: ClassVar[dict[Role, Asked]]

    @abstractmethod
    def steal(self, oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
        """Ask until the budget is spent, and return what the copy is to learn from.

        Args:
            oracle: the system; it says how many queries are left.
            photos: what the attacker has, as many as the budget at least.
            rng: of everything that is drawn.
        """


extraction_attacks: Registry[ExtractionAttack] = Registry(
    ExtractionAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.extraction",
)


def ask_at_random(oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
    """Ask about photos drawn without replacement, each once, until the budget is spent.

    A smaller budget under the same seed asks about the first of those of a larger one.
    """
    rows = rng.permutation(len(photos))[: oracle.left].astype(np.int64)
    return Answers(rows, oracle.ask(rows))
