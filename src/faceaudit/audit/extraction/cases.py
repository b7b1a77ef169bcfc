"""Cases of an extraction section, with their victims: what determines a copy and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.extraction.embedder import EmbedderToCopy
from faceaudit.audit.extraction.identifier import IdentifierToCopy
from faceaudit.audit.extraction.pairs import PredictorToCopy, VerifierSetting
from faceaudit.audit.extraction.parts import Part, too_few
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.audit.extraction.victims import Victim
from faceaudit.records.extraction import KIND
from faceaudit.registry import digest
from faceaudit.store import Store
from faceaudit.store.store import SCHEMA


@dataclass(frozen=True, eq=False)
class ExtractionCase:
    """One copy of one victim under a seed."""

    plan: ExtractionPlan
    part: Part
    victim: Victim
    seed: int

    @cached_property
    def copy_spec(self) -> dict[str, Any]:
        """What determines the copy, as plain values."""
        part = self.part
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "copied": self.victim.identity(),
            "attack": part.attack.identity(),
            "budget": part.budget,
            "decimals": part.decimals,
            "seed": self.seed,
        }

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What determines the figures, as plain values."""
        plan, part, victim = self.plan, self.part, self.victim
        inversion = None
        if part.transfer and plan.inversion and isinstance(victim, IdentifierToCopy):
            learned = victim.strangers.fingerprint
            inversion = {**plan.inversion.identity(), "learned": learned}
        return {
            **self.copy_spec,
            "faces": {"source": victim.source},
            "role": part.role,
            "system": victim.title,
            "asked": part.asked,
            "impersonation": plan.impersonation.model_dump(mode="json")
            if part.transfer and part.role != "verifier" and plan.impersonation
            else None,
            "inversion": inversion,
        }

    @property
    def id(self) -> str:
        """The digest of the spec."""
        return digest(self.spec)


def victim_of(plan: ExtractionPlan, part: Part, seed: int, store: Store, work: Workspace) -> Victim:
    """Return the victim of a case, built once in this process; nothing is trained yet."""
    key = [plan.model_dump(mode="json"), seed, store.url]

    def build() -> Victim:
        if part.role == "identifier":
            return IdentifierToCopy(plan, part.asked, seed, store, work)
        setting = work.memo.get(
            "extraction verifier", key, lambda: VerifierSetting(plan, seed, store, work)
        )
        return (PredictorToCopy if part.role == "verifier" else EmbedderToCopy)(setting)

    return work.memo.get("extraction victim", [*key, part.role, part.asked], build)


def case_of(
    plan: ExtractionPlan, part: Part, seed: int, store: Store, work: Workspace
) -> ExtractionCase:
    """Return a case; nothing is trained for it.

    Raises:
        SplitError: the attacker has fewer photos than the budget.
    """
    victim = victim_of(plan, part, seed, store, work)
    have = len(victim.photos(part.unit))
    if have < part.budget:
        raise too_few(part, have)
    return ExtractionCase(plan, part, victim, seed)
