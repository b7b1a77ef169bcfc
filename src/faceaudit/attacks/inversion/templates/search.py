"""Inversion by scores: evolution in a space of faces."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.asking import AskingForScores
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class Search(AskingForScores, TemplateInversion):
    """Searches a generator's faces for one that scores highest, with a CMA-ES for each person.

    The system answers how well a picture matches the stored template; neither the template nor the
    network is known, and photos of other people are only what the generator learned from. What it
    finds must beat `look_alike`, who asks nothing.
    """

    name: ClassVar[str] = "search"
    paper: ClassVar[str] = (
        "Hansen and Ostermeier 2001, Completely Derandomized Self-Adaptation in Evolution "
        "Strategies, Evolutionary Computation 9(2), with the diagonal covariance of Ros and Hansen "
        "2008; for faces by scores alone Dong et al. 2019, arXiv 1904.04433, who start from "
        "photos; here the space is a generator's"
    )
    access: ClassVar[Access] = Access.SCORES

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each of T templates, which are not looked at.

        Raises:
            InputError: there is no system to ask, or the generator cannot make such faces.
        """
        del stolen
        oracle = knowledge.asked()
        before = oracle.queries.copy()
        images = self.best(
            oracle.ask,
            len(before),
            oracle.size,
            knowledge.learned,
            rng,
            knowledge.progress,
            knowledge.watch,
        )
        solved = np.ones(len(before), dtype=bool)
        return Reconstructions(images, solved, oracle.queries - before)
