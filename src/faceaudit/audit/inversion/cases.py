"""Cases of an inversion of templates: one attack on one protection, each with an id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.audit.common.titles import title_of
from faceaudit.audit.inversion.combining import (
    NO_PROTECTION,
    WITH_TEMPLATES,
    combinations,
)
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.audit.inversion.scenario import InversionScenario
from faceaudit.audit.inversion.trying import Try, references
from faceaudit.records.inversion import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

VERSION = 1
"""Of how what is stored is estimated, and how pictures are judged."""


@dataclass(frozen=True, eq=False)
class TemplateCase:
    """One attack on one protection, with the keys or without, under a seed.

    Attributes:
        tried: what is tried.
        plan: the section.
    """

    tried: Try
    plan: InversionPlan

    @property
    def scenario(self) -> InversionScenario:
        """Faces, networks and parties."""
        return self.tried.scenario

    @property
    def titles(self) -> dict[str, Any]:
        """What the parts of the case are called."""
        return {
            "attack": title_of(self.tried.attack),
            "protection": title_of(self.tried.protection),
            "networks": list(self.scenario.embedded.titles()),
        }

    @property
    def title(self) -> str:
        """The case in a few words."""
        titles, tried = self.titles, self.tried
        said = f"inversion {titles['attack']}"
        if tried.origin:
            said += f" from {titles['networks'][tried.origin]}"
        if tried.protection.name != NO_PROTECTION:
            said += f" on {titles['protection']}"
        return f"{said}, keys {tried.key}" if tried.key != "none" else said

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan, tried = self.plan, self.tried
        protected = tried.protection.name != NO_PROTECTION
        estimates = protected and tried.attack.access in WITH_TEMPLATES
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "part": "template",
            "seed": self.scenario.seed,
            **self.scenario.embedded.identity(),
            "faces": plan.faces.spec().as_json(),
            "parties": plan.parties.model_dump(mode="json"),
            "fmrs": list(plan.fmrs),
            "trials": plan.trials,
            "attack": tried.attack.identity(),
            "origin": tried.origin,
            "protection": tried.protection.identity(),
            "key": tried.key,
            "keys": plan.keys if tried.protection.keyed else None,
            "enrolments": plan.enrolments if estimates else None,
            "references": [one.identity() for one in references().values()],
            "titles": self.titles,
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; how it is called, and the source, do not."""
        left_out = ("faces", "titles")
        return digest({key: value for key, value in self.spec.items() if key not in left_out})


def template_cases(plan: InversionPlan, scenario: InversionScenario) -> Iterator[TemplateCase]:
    """Yield the cases of a section's seed, in the order of the report."""
    for attack, protection, key, origin in combinations(plan):
        yield TemplateCase(Try(scenario, attack, protection, key, origin), plan)
