"""Students: an embedder copied from the templates it returns, or from scores of pairs alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.extraction.base import (
    Answers,
    Asked,
    ExtractionAttack,
    Photos,
    Role,
    VictimOracle,
    ask_at_random,
    extraction_attacks,
)
from faceaudit.systems.under_test.base import Access

_PAPER = (
    "Hinton, Vinyals, Dean 2015, Distilling the Knowledge in a Neural Network, arXiv 1503.02531, "
    "with the attacker as the teacher's user, as in Sha, He, Yu, Backes, Zhang 2023, Can't Steal? "
    "Cont-Steal!, CVPR, arXiv 2201.07513"
)


@extraction_attacks.register
class Student(ExtractionAttack):
    """Asks for the templates of photos drawn at random; the copy learns to give the same ones.

    The loss is 1 less the cosine, without the contrastive part of the second paper.
    """

    name: ClassVar[str] = "student"
    paper: ClassVar[str] = _PAPER
    access: ClassVar[Access] = Access.EMBEDDINGS
    asks: ClassVar[dict[Role, Asked]] = {"embedder": "photos"}

    def steal(self, oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
        """Ask about photos drawn at random, each once."""
        return ask_at_random(oracle, photos, rng)


@extraction_attacks.register
class StudentOfScores(ExtractionAttack):
    """Asks how alike pairs of photos are; the copy learns to find them as much alike.

    Its templates are then of a space of their own, turned against the victim's. The loss is the
    squared difference of both cosines.
    """

    name: ClassVar[str] = "student_of_scores"
    paper: ClassVar[str] = (
        "Park, Kim, Lu, Cho 2019, Relational Knowledge Distillation, CVPR, arXiv 1904.05068, whose "
        "losses on pairs are of distances in a batch; here of the pairs that were asked about"
    )
    access: ClassVar[Access] = Access.SCORES
    asks: ClassVar[dict[Role, Asked]] = {"embedder": "pairs"}

    def steal(self, oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
        """Ask about pairs drawn at random, each once."""
        return ask_at_random(oracle, photos, rng)
