"""Cases of a master-face audit: one search on one system, each with an id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from faceaudit.attacks.master_face import MasterFaceAttack
from faceaudit.audit.common.matching_section import Tried, all_tried, why_not
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.master_face.plan import MasterFacePlan
from faceaudit.errors import OptionError
from faceaudit.records.master_face import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

if TYPE_CHECKING:
    from faceaudit.audit.common.matching_scenario import MatchingScenario

VERSION = 1
"""Of how people are dealt, shown faces and counted."""


def searches(plan: MasterFacePlan) -> tuple[Tried[MasterFaceAttack], ...]:
    """Return what is tried, in the order of the plan.

    Raises:
        OptionError: nothing can be.
    """
    every = tuple(all_tried(plan, plan.attacks))
    found = tuple(one for one in every if not why_not(plan, one))
    if not found:
        raise OptionError(
            f"expected a search that can be tried, got none: {why_not(plan, every[0])}; try others"
        )
    return found


def left_out(plan: MasterFacePlan) -> dict[str, str]:
    """Return what is not tried, and why."""
    found = {one.title: why_not(plan, one) for one in all_tried(plan, plan.attacks)}
    return {title: why for title, why in found.items() if why}


@dataclass(frozen=True, eq=False)
class MasterFaceCase:
    """One search on one system under a seed."""

    scenario: MatchingScenario
    plan: MasterFacePlan
    tried: Tried[MasterFaceAttack]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            **self.scenario.spec(),
            **self.tried.identity(),
            "known": self.plan.known,
            "counts": list(self.plan.counts),
            "aim": self.plan.aimed,
            "titles": {
                "attack": title_of(self.tried.attack),
                "mitigation": title_of(self.tried.mitigation),
                "networks": list(self.scenario.titles()),
            },
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; what things are called does not."""
        named = ("faces", "titles", "trained_here")
        return digest({key: value for key, value in self.spec.items() if key not in named})

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"master faces by {self.tried.title}"


def cases_of(scenario: MatchingScenario, plan: MasterFacePlan) -> tuple[MasterFaceCase, ...]:
    """Return the cases of a seed, in the order of the plan."""
    return tuple(MasterFaceCase(scenario, plan, one) for one in searches(plan))
