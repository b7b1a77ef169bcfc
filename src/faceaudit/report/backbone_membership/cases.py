"""Cases of audits of whom a backbone learned from, with their figures by what these are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from faceaudit.records.backbone_membership import (
    AUC,
    BLIND,
    Asked,
    BackboneMembershipFacts,
    Level,
    Photos,
    Shadows,
)
from faceaudit.report.anchors import anchor
from faceaudit.report.backbone_membership.words import ANCHOR
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

FEWEST_TRAININGS = 4
"""Trainings below which scores cannot be compared with shadows on both sides."""


@dataclass(frozen=True, eq=False)
class Case:
    """A recipe under one seed that did not fail."""

    record: CaseRecord
    facts: BackboneMembershipFacts

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return {one.metric: one for one in self.record.figures}

    @property
    def anchor(self) -> str:
        """The id of the case's part of the page."""
        return anchor(ANCHOR, self.facts.recipe, str(self.record.spec["seed"]))

    @property
    def title(self) -> str:
        """The recipe in a few words."""
        return self.facts.recipe

    def figure(self, asked: Asked, name: str = AUC) -> Figure | None:
        """Return a figure, measured or not; None where the case has none such."""
        return self._figures.get(asked.metric(name))

    def get(self, asked: Asked, name: str = AUC) -> Estimate | None:
        """Return a figure's estimate."""
        found = self.figure(asked, name)
        return None if found is None else found.estimate

    def asked(self, name: str = AUC) -> Iterator[tuple[Asked, Figure]]:
        """Yield what figures of a name are about, with each."""
        for one in self.record.figures:
            if one.metric.partition(":")[0] == name:
                yield Asked.of(one.metric), one

    def rates(self) -> tuple[float, ...]:
        """Return the false positive rates at which members were counted."""
        return tuple(self.record.spec["fprs"])

    def headline(self, photos: Photos, level: Level = "person") -> Asked:
        """Return what decides: the plan's first attack, on people of one source, with shadows."""
        first = self.facts.attacks[0]
        enough = first.learns or len(self.facts.trainings) >= FEWEST_TRAININGS
        shadows: Shadows = "with" if enough else "without"
        return Asked(first.key, level, photos, shadows)

    def null(self, asked: Asked) -> Estimate | None:
        """Return the same AUC of networks that learned from nobody."""
        return self.get(replace(asked, nets="untrained"))

    def blind(self, asked: Asked) -> Estimate | None:
        """Return what the pixels alone tell on the same lists."""
        return self.get(Asked(BLIND, asked.level, asked.photos, "without", asked.against))

    def flaw(self, asked: Asked) -> str:
        """Return why figures on some lists are not to be relied on; usually nothing."""
        lists = self.facts.listed(asked.against, asked.photos)
        words = {
            "failed": "the lists\u2019 checks failed",
            "inconclusive": "the lists are too short",
        }
        return words.get(lists.outcome, "")

    def people_only(self) -> bool:
        """Return whether members were told from others of their own source alone."""
        return all(one.against == "same_source" for one in self.facts.lists)


def cases_of(records: Sequence[CaseRecord]) -> tuple[Case, ...]:
    """Return the cases that did not fail, in the order of the plan."""
    return tuple(
        Case(record, BackboneMembershipFacts.of(record))
        for record in records
        if record.error is None
    )
