"""Cases of an evasion audit: one attack with one goal on one system, each with an id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from faceaudit.attacks.evasion import EvasionAttack
from faceaudit.audit.common.matching_section import Tried, all_tried, why_not
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.evasion.plan import EvasionPlan
from faceaudit.errors import OptionError
from faceaudit.records.evasion import KIND, Goal
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

if TYPE_CHECKING:
    from faceaudit.audit.common.matching_scenario import MatchingScenario

VERSION = 1
"""Of how people are dealt, and their photos shown and counted."""
GOALS: dict[Goal, str] = {"impersonate": "to pass as another person", "dodge": "not to be known"}


def attempts(plan: EvasionPlan) -> tuple[tuple[Goal, Tried[EvasionAttack]], ...]:
    """Return what is tried, in the order of the plan.

    Raises:
        OptionError: nothing can be.
    """
    every = tuple((goal, one) for goal in plan.goals for one in all_tried(plan, plan.attacks))
    found = tuple((goal, one) for goal, one in every if not why_not(plan, one))
    if not found:
        raise OptionError(
            f"expected an attack that can be tried, got none: {why_not(plan, every[0][1])}; put a "
            "network with a file of weights first in embedders"
        )
    return found


def left_out(plan: EvasionPlan) -> dict[str, str]:
    """Return what is not tried, and why."""
    found = {one.title: why_not(plan, one) for one in all_tried(plan, plan.attacks)}
    return {title: why for title, why in found.items() if why}


@dataclass(frozen=True, eq=False)
class EvasionCase:
    """One attack with one goal on one system under a seed."""

    scenario: MatchingScenario
    plan: EvasionPlan
    goal: Goal
    tried: Tried[EvasionAttack]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            **self.scenario.spec(),
            **self.tried.identity(),
            "goal": self.goal,
            "target_photo": self.plan.target_photo,
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
        return f"evasion {GOALS[self.goal]} by {self.tried.title}"


def cases_of(scenario: MatchingScenario, plan: EvasionPlan) -> tuple[EvasionCase, ...]:
    """Return the cases of a seed, in the order of the plan."""
    return tuple(EvasionCase(scenario, plan, goal, one) for goal, one in attempts(plan))
