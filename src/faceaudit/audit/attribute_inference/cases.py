"""Cases of an audit of attribute inference: one mitigation each, all attacks on all attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.audit.attribute_inference.scenario import AttributeScenario
from faceaudit.audit.common.titles import title_of
from faceaudit.mitigations.attribute_inference import AttributeMitigation
from faceaudit.records.attribute_inference import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

VERSION = 1
"""Of how people are dealt, attacked and counted."""
UNMITIGATED = "none"


@dataclass(frozen=True, eq=False)
class AttributeCase:
    """One mitigation under a seed."""

    scenario: AttributeScenario
    mitigation: AttributeMitigation

    @property
    def baselines(self) -> bool:
        """Whether nulls and baselines are measured in it: once, where nothing is mitigated."""
        return self.mitigation.name == UNMITIGATED

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        scenario, plan = self.scenario, self.scenario.plan
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "seed": scenario.seed,
            **self._embedded(),
            "faces": plan.faces.spec().as_json(),
            "parties": plan.parties.model_dump(mode="json"),
            "owner": plan.owner,
            "attributes": [one.name for one in scenario.attributes],
            "labelled": list(plan.labelled),
            "attacks": [one.identity() for one in plan.attacks],
            "mitigation": self.mitigation.identity(),
            "fmrs": list(plan.fmrs),
            "baselines": plan.baselines and self.baselines,
            "titles": {
                "mitigation": title_of(self.mitigation),
                "networks": list(self._networks()),
            },
            "trained_here": all(one.pretraining is not None for one in plan.embedders),
        }

    def _networks(self) -> tuple[str, ...]:
        titles = self.scenario.embedded.titles()
        return titles if self.mitigation.several else titles[:1]

    def _embedded(self) -> dict[str, Any]:
        """Return what determines the templates that are stored."""
        found = self.scenario.embedded.identity()
        if self.mitigation.several:
            return found
        return {key: values[:1] for key, values in found.items()}

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; what things are called does not."""
        named = ("faces", "titles", "trained_here")
        return digest({key: value for key, value in self.spec.items() if key not in named})

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"attributes under {title_of(self.mitigation)}"


def cases_of(scenario: AttributeScenario) -> Iterator[AttributeCase]:
    """Yield the cases of a seed, in the order of the plan."""
    for mitigation in scenario.plan.mitigations:
        yield AttributeCase(scenario, mitigation)
