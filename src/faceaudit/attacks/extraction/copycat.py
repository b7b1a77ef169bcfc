"""Copycat: a system copied from its decisions alone."""

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


@extraction_attacks.register
class Copycat(ExtractionAttack):
    """Asks about photos drawn at random and learns from the decisions that come back.

    The paper's copy starts from weights trained on photos of many other things, and learns from up
    to three million queries; ours starts as the plan says, and learns from the budget.
    """

    name: ClassVar[str] = "copycat"
    paper: ClassVar[str] = (
        "Correia-Silva, Berriel, Badue, de Souza, Oliveira-Santos 2018, Copycat CNN: Stealing "
        "Knowledge by Persuading Confession with Random Non-Labeled Data, IJCNN, arXiv 1806.05476"
    )
    access: ClassVar[Access] = Access.LABELS
    asks: ClassVar[dict[Role, Asked]] = {"identifier": "photos", "verifier": "pairs"}

    def steal(self, oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
        """Ask about photos drawn at random, each once."""
        return ask_at_random(oracle, photos, rng)
