"""Cases of a master-key audit: one key, one share of poison, one mitigation, each with an id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from faceaudit.attacks.master_key import MasterKeyAttack
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.master_key.plan import UNMITIGATED, MasterKeyPlan
from faceaudit.mitigations.master_key import MasterKeyMitigation
from faceaudit.records.master_key import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

if TYPE_CHECKING:
    from faceaudit.audit.master_key.scenario import MasterKeyScenario

VERSION = 1
"""Of how people are dealt, pairs are poisoned and tries are counted."""


@dataclass(frozen=True)
class Tried:
    """One key on verifiers under one mitigation.

    Attributes:
        attack: the key.
        rate: poison pairs, as a share of the clean ones.
        mitigation: how verifiers learn and decide.
        aware: whether the attacker knows of it.
    """

    attack: MasterKeyAttack
    rate: float
    mitigation: MasterKeyMitigation
    aware: bool = False

    @property
    def title(self) -> str:
        """The combination in a few words."""
        said = f"{title_of(self.attack)}, {self.rate * 100:g} % poison"
        if self.mitigation.name != UNMITIGATED:
            said += f", against {title_of(self.mitigation)}"
        return f"{said}, known to the attacker" if self.aware else said

    @property
    def near(self) -> bool:
        """Whether poison pairs are chosen that are alike."""
        return self.aware and self.mitigation.near

    def samples(self, clean: int) -> int:
        """Return how many poison pairs are added to so many clean ones; one at least."""
        return max(1, round(self.rate * clean))


def all_tried(plan: MasterKeyPlan) -> tuple[Tried, ...]:
    """Return every combination of a plan, in its order."""
    return tuple(
        Tried(attack, rate, mitigation, aware)
        for attack in plan.attacks
        for rate in plan.rates
        for mitigation in plan.mitigations
        for aware in ((False, True) if plan.aware and mitigation.evaded else (False,))
    )


@dataclass(frozen=True, eq=False)
class MasterKeyCase:
    """One combination under a seed."""

    scenario: MasterKeyScenario
    tried: Tried

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        scenario, plan, tried = self.scenario, self.scenario.plan, self.tried
        worn = tried.attack.taught == 0
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            **scenario.identity(),
            "faces": plan.faces.spec().as_json(),
            "attack": tried.attack.identity(),
            "material": tried.attack.material(),
            "rate": tried.rate,
            "mitigation": tried.mitigation.identity(),
            "aware": tried.aware,
            "trainings": plan.trainings,
            "fmrs": list(plan.fmrs),
            "wrong_keys": plan.wrong_keys,
            "before": scenario.before and worn,
            "align": looked_for(scenario) if worn else None,
            "titles": {
                "attack": title_of(tried.attack),
                "mitigation": title_of(tried.mitigation),
                "networks": list(scenario.embedded.titles()[: tried.mitigation.networks]),
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
        return f"master key: {self.tried.title}"


def looked_for(scenario: MasterKeyScenario) -> object:
    """Return how faces are looked for in photos with a key, as a JSON value; None where not."""
    if not scenario.before:
        return None
    return scenario.plan.faces.model_dump(mode="json").get("align")


def cases_of(scenario: MasterKeyScenario) -> tuple[MasterKeyCase, ...]:
    """Return the cases of a seed, in the order of the plan."""
    return tuple(MasterKeyCase(scenario, one) for one in all_tried(scenario.plan))
