"""Cases of an enrolment audit: one attack each, with an id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from faceaudit.attacks.backdoor.keys import accessory
from faceaudit.attacks.enrolment import EnrolmentAttack, KeyAttack, WornKey
from faceaudit.attacks.enrolment.base import digest_of
from faceaudit.audit.common.titles import title_of
from faceaudit.records.enrolment import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

if TYPE_CHECKING:
    from faceaudit.audit.enrolment.scenario import EnrolmentScenario

VERSION = 1
"""Of how people are dealt, photographed and counted."""


@dataclass(frozen=True, eq=False)
class EnrolmentCase:
    """One attack under a seed, on every network and against every mitigation."""

    scenario: EnrolmentScenario
    attack: EnrolmentAttack

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan = self.scenario.plan
        key = isinstance(self.attack, KeyAttack)
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "seed": self.scenario.seed,
            **self.scenario.embedded.identity(),
            "faces": plan.faces.spec().as_json(),
            "people": plan.people.model_dump(mode="json"),
            "further": plan.further,
            "attack": self.attack.identity(),
            "material": self.attack.material(),
            "mitigations": [one.identity() for one in plan.mitigations] if key else [],
            "fmrs": list(plan.fmrs),
            "before": self.scenario.before and key,
            "align": _looked_for(self.scenario) if key else None,
            "wrong_keys": plan.wrong_keys if key else 0,
            "honest_glasses": _worn_by_honest(plan.honest_glasses) if key else "",
            "titles": {
                "attack": title_of(self.attack),
                "networks": list(self.scenario.embedded.titles()),
            },
            "trained_here": all(one.pretraining is not None for one in plan.embedders),
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; what things are called does not."""
        named = ("faces", "titles", "trained_here")
        return digest({key: value for key, value in self.spec.items() if key not in named})

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"enrolment by {title_of(self.attack)}"


def _worn_by_honest(glasses: str) -> str:
    """Return a digest of the picture of ordinary glasses."""
    return digest_of(WornKey(accessory(glasses)))


def _looked_for(scenario: EnrolmentScenario) -> object:
    """Return how faces are looked for in photos with a key, as a JSON value; None where not."""
    if not scenario.before:
        return None
    return scenario.plan.faces.model_dump(mode="json").get("align")


def cases_of(scenario: EnrolmentScenario) -> tuple[EnrolmentCase, ...]:
    """Return the cases of a seed, in the order of the plan."""
    return tuple(EnrolmentCase(scenario, one) for one in scenario.plan.attacks)
