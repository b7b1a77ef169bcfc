"""Cases of a linkage audit: one attack on two databases, each with an id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.attacks.linkage import LinkageAttack, linkage_attacks
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.linkage.plan import LinkagePlan
from faceaudit.errors import OptionError
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.records.linkage import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA

if TYPE_CHECKING:
    from faceaudit.audit.linkage.scenario import LinkageScenario

VERSION = 1
"""Of how people are compared, searched for and counted."""
ALIKE = "alike"
"""How the second database is stored where there is no key."""
SECONDS = {
    ALIKE: "stored alike",
    "same_key": "the same key",
    "other_key": "another key",
    "public": "public photos",
}


@dataclass(frozen=True)
class Combination:
    """One attack on one protection.

    Attributes:
        protection: what the first database stores; the second too, unless it is public.
        second: one of `SECONDS`.
        attack: what links.
        photos: own photos to learn from; 0 for an attack that learns nothing.
        untrained: whether templates are of an untrained network.
    """

    protection: TemplateProtection
    second: str
    attack: LinkageAttack
    photos: int = 0
    untrained: bool = False

    @property
    def title(self) -> str:
        """The combination in a few words."""
        said = f"{title_of(self.attack)}"
        if self.photos:
            said += f" from {self.photos:,} photos"
        said += f" on {title_of(self.protection)}"
        if self.second != ALIKE:
            said += f", {SECONDS[self.second]}"
        return f"{said}, untrained network" if self.untrained else said


def combinations(plan: LinkagePlan) -> tuple[Combination, ...]:
    """Return what is tried, in the order of the plan.

    Raises:
        OptionError: nothing can be.
    """
    found = tuple(_combinations(plan))
    if not any(not one.untrained for one in found):
        reasons = dict.fromkeys(why for _, why in left_out(plan))
        raise OptionError(
            f"expected an attack that can be tried, got none: {'; '.join(reasons)}; try others"
        )
    return found


def _combinations(plan: LinkagePlan) -> Iterator[Combination]:
    for protection, second, attack in _all(plan):
        if not why_not(plan, protection, second, attack):
            for photos in plan.photos if attack.learns else (0,):
                yield Combination(protection, second, attack, photos)
    if plan.untrained and not plan.embedders[0].network.is_file:
        none = template_protections.build("none")
        yield Combination(none, ALIKE, linkage_attacks.build("cosine"), untrained=True)


def _all(plan: LinkagePlan) -> Iterator[tuple[TemplateProtection, str, LinkageAttack]]:
    for protection in plan.protections:
        for second in plan.second if protection.keyed else (ALIKE,):
            for attack in plan.attacks:
                yield protection, second, attack


def left_out(plan: LinkagePlan) -> Iterator[tuple[str, str]]:
    """Yield what is not tried, and why."""
    for protection, second, attack in _all(plan):
        why = why_not(plan, protection, second, attack)
        if why:
            yield Combination(protection, second, attack).title, why


def unused(plan: LinkagePlan) -> Iterator[tuple[str, str]]:
    """Yield each attack that is tried on nothing that is stored, and why."""
    for attack in plan.attacks:
        reasons = [
            why_not(plan, protection, second, attack)
            for protection, second, one in _all(plan)
            if one is attack
        ]
        if all(reasons):
            yield title_of(attack), "; ".join(dict.fromkeys(reasons))


def why_not(
    plan: LinkagePlan, protection: TemplateProtection, second: str, attack: LinkageAttack
) -> str:
    """Return why an attack is not tried, as a part of a sentence; nothing where it is."""
    crossed = len(plan.embedders) > 1 and not protection.several
    alike = second in (ALIKE, "same_key")
    reasons = {
        "there is no key to know": attack.knows_keys and not protection.keyed,
        "estimates are of two networks": attack.knows_keys and crossed,
        "under one key what is stored compares as it is": attack.knows_keys and alike,
        "own photos have other keys than those who are looked for": attack.learns
        and protection.keyed
        and plan.keys == "person",
        "both databases are stored alike": attack.learns and alike and not crossed,
        "templates are of two networks": not (attack.learns or attack.knows_keys) and crossed,
        "what is protected does not compare with what is not": not (
            attack.learns or attack.knows_keys
        )
        and second == "public",
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def protect_once(plan: LinkagePlan) -> None:
    """Protect a template of each network's length in each way.

    Raises:
        InputError: a protection cannot take templates of that length.
    """
    sizes = [one.network.embedding_size for one in plan.embedders]
    each = [np.full((1, size), size**-0.5, dtype=np.float32) for size in sizes]
    for protection in plan.protections:
        for given in [np.concatenate(each, axis=1)] if protection.several else each:
            protection.protect(given, np.zeros(1, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class LinkageCase:
    """One combination under a seed."""

    scenario: LinkageScenario
    tried: Combination

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan, tried = self.scenario.plan, self.tried
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "seed": self.scenario.seed,
            **self.scenario.embedded.identity(),
            "faces": plan.faces.spec().as_json(),
            "parties": plan.parties.model_dump(mode="json"),
            "protection": tried.protection.identity(),
            "keys": plan.keys if tried.protection.keyed else "none",
            "second": tried.second,
            "attack": tried.attack.identity(),
            "photos": tried.photos,
            "untrained": tried.untrained,
            "fmrs": list(plan.fmrs),
            "fpirs": list(plan.fpirs),
            "bins": plan.bins,
            "titles": {
                "attack": title_of(tried.attack),
                "protection": title_of(tried.protection),
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
        return f"linkage by {self.tried.title}"


def cases_of(scenario: LinkageScenario) -> tuple[LinkageCase, ...]:
    """Return the cases of a seed, in the order of the plan."""
    return tuple(LinkageCase(scenario, one) for one in combinations(scenario.plan))
