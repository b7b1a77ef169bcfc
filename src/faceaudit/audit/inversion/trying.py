"""An attack tried on an attacked system: faces rebuilt and judged, beside what rebuilds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.audit.inversion.attacked import AttackedSystem, SystemOracle
from faceaudit.audit.inversion.combining import WITH_TEMPLATES
from faceaudit.audit.inversion.estimating import Estimated, estimate_templates
from faceaudit.audit.inversion.figures import Counting
from faceaudit.audit.inversion.judging import Scored, Trial, score_pictures
from faceaudit.audit.inversion.scenario import InversionScenario
from faceaudit.errors import CaseError
from faceaudit.mitigations.templates import TemplateProtection
from faceaudit.records.inversion import PHOTO, REFERENCES, Key
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import Access


def references() -> Mapping[str, TemplateInversion]:
    """Return the attacks that rebuild nothing, by the name of their figures."""
    return {name: template_inversions.build(name) for name in REFERENCES if name != PHOTO}


@dataclass(frozen=True, eq=False)
class Try:
    """An attack on what a system stores.

    Attributes:
        scenario: faces, networks and parties.
        attack: what rebuilds faces.
        protection: what is stored in the place of templates.
        key: whether the attacker has the keys.
        origin: the network that the templates are of; the first one is the attacked.
    """

    scenario: InversionScenario
    attack: TemplateInversion
    protection: TemplateProtection
    key: Key = "none"
    origin: int = 0

    @property
    def system(self) -> AttackedSystem:
        """The attacked system."""
        return self.scenario.system(self.protection)

    def counting(self) -> Counting:
        """Return what figures are counted by."""
        scenario = self.scenario
        further = (scenario.matcher(number) for number in range(1, len(scenario.embedded)))
        return Counting(
            scenario.people,
            scenario.embedded.titles(),
            (self.system.matcher, *further),
            scenario.plan.fmrs,
        )

    def stolen(self) -> Estimated:
        """Return the templates that the attack starts from."""
        rows = self.scenario.parties.stolen
        if self.origin:
            return Estimated(self.scenario.embedded.templates(self.origin)[rows])
        if self.attack.access not in WITH_TEMPLATES:
            # Whoever only asks is given none of it; the look-alike beside them starts from it.
            return Estimated(self.scenario.embedded.templates(0)[rows])
        return estimate_templates(self.system, self.key)

    def trial(self, stolen: Estimated, number: int) -> Trial:
        """Return one trial, and what it is held against, drawn anew."""
        found = self.rebuild(stolen, number)
        scored = score_pictures(self.system, found.images, found.solved)
        return Trial(found, scored, self._references(stolen, number))

    def rebuild(self, stolen: Estimated, number: int) -> Reconstructions:
        """Return the faces that the attack rebuilds in a trial."""
        return self._invert(self.attack, stolen, self._rng(number, 1))

    def label_fmr(self) -> float:
        """Return the lowest false match rate that the system has a threshold for.

        A system that only says whether it accepts does so at that.

        Raises:
            CaseError: it has none.
        """
        matcher = self.system.matcher
        if not matcher.thresholds:
            why = next(iter(matcher.missing.values()), "")
            raise CaseError(f"expected a threshold to accept at, got none: {why}")
        return min(matcher.thresholds)

    def _references(self, stolen: Estimated, number: int) -> dict[str, Scored]:
        """Return the scores of pictures that rebuild nothing; tries with the same share them."""
        start = [self.key, self.origin, self.attack.access in WITH_TEMPLATES, number]
        key = f"references {digest([self.protection.identity(), start])}"
        return self.scenario.once(key, lambda: self._score_references(stolen, number))

    def _score_references(self, stolen: Estimated, number: int) -> dict[str, Scored]:
        scored = {}
        for place, (name, attack) in enumerate(references().items()):
            images = self._invert(attack, stolen, self._rng(number, 2 + place)).images
            scored[name] = score_pictures(self.system, images)
        photos = self.scenario.faces.images[self.scenario.parties.stolen]
        return scored | {PHOTO: score_pictures(self.system, photos)}

    def _invert(
        self, attack: TemplateInversion, stolen: Estimated, rng: np.random.Generator
    ) -> Reconstructions:
        """Return the faces that an attack rebuilds, given no more than its access says."""
        embedded, learned = self.scenario.embedded, self.scenario.parties.learned
        templates, own = stolen.templates, embedded.templates(0)[learned]
        oracle = None
        if attack.access not in WITH_TEMPLATES:
            templates, own = templates[:, :0], own[:, :0]
            labels = attack.access == Access.LABELS
            threshold = self.system.matcher.thresholds[self.label_fmr()] if labels else None
            oracle = SystemOracle(self.system, self.scenario.parties.stolen, threshold)
        knowledge = Knowledge(
            self.scenario.learned,
            own,
            oracle=oracle,
            embedder=embedded.embedder(0) if attack.access == Access.GRADIENTS else None,
            foreign=embedded.templates(self.origin)[learned] if self.origin else None,
            progress=self.scenario.work.progress,
            once=self.scenario.once,
        )
        return attack.invert(templates, knowledge, rng)

    def _rng(self, trial: int, what: int) -> np.random.Generator:
        return np.random.default_rng([self.scenario.seed, trial, what])
