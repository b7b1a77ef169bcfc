"""Inversion by labels: faces are tried until one is accepted, then one far inside is looked for."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.asking import AskingForLabels
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class LabelSearch(AskingForLabels, TemplateInversion):
    """Tries other people's faces until one is accepted, then walks away from those that are not.

    The system only says whether it accepts a picture. Whoever is not found within the queries is
    not solved. That somebody is accepted by chance is no inversion: at a false match rate of 1 in
    1,000 some 1,000 tries let anybody in; what is found must be accepted against *another* photo,
    more often than `random_face` and `look_alike` are.
    """

    name: ClassVar[str] = "label_search"
    paper: ClassVar[str] = (
        "Kahla, Chen, Just, Jia 2022, Label-Only Model Inversion Attacks via Boundary Repulsion, "
        "arXiv 2203.01925; with faces of other people and a generator in the place of a GAN"
    )
    access: ClassVar[Access] = Access.LABELS

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
        images, solved = self.last_accepted(
            oracle.ask,
            len(before),
            oracle.size,
            knowledge.learned,
            rng,
            knowledge.progress,
            knowledge.watch,
        )
        return Reconstructions(images, solved, oracle.queries - before)
