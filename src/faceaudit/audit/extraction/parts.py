"""The parts of an extraction section: victim x photos x attack x rounding x budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from faceaudit.attacks.extraction import Asked, ExtractionAttack
from faceaudit.audit.extraction.plan import ExtractionPlan, Whose
from faceaudit.errors import SplitError
from faceaudit.records.extraction import Role
from faceaudit.systems.under_test.base import Access


@dataclass(frozen=True)
class Part:
    """Which of the section's cases one is, before anything is loaded.

    Attributes:
        role: what is copied.
        asked: whose photos the attacker has.
        attack: how it is copied.
        budget: how many queries may be asked.
        decimals: of scores; None where they are not rounded.
        transfer: whether the copy is used against the victim: it is the largest budget's.
    """

    role: Role
    asked: Whose
    attack: ExtractionAttack
    budget: int
    decimals: int | None
    transfer: bool

    @property
    def unit(self) -> Asked:
        """What one query is about."""
        return self.attack.asks[self.role]

    @property
    def title(self) -> str:
        """The case in a few words."""
        rounded = "" if self.decimals is None else f", scores of {self.decimals} decimals"
        whose = {"others": "photos of others", "enrolled": "photos of the enrolled"}[self.asked]
        return (
            f"{self.role} copied by {self.attack.name}, {self.budget:,} queries, {whose}{rounded}"
        )


def parts_of(plan: ExtractionPlan) -> Iterator[Part]:
    """Yield the cases of a section under one seed."""
    roles: list[tuple[Role, tuple[Whose, ...]]] = []
    if plan.identifier is not None:
        roles.append(("identifier", plan.identifier.asked))
    if plan.verifier is not None:
        roles += [("verifier", ("others",)), ("embedder", ("others",))]
    largest = max(plan.budgets)
    for role, whose in roles:
        for asked in whose:
            for attack in plan.attacks:
                if role not in attack.asks:
                    continue
                scores = attack.access == Access.SCORES
                for decimals in (None, *(plan.decimals if scores else ())):
                    for budget in sorted(plan.budgets):
                        yield Part(role, asked, attack, budget, decimals, budget == largest)


def too_few(part: Part, have: int) -> SplitError:
    """Return the error of a budget that the attacker's photos do not allow."""
    return SplitError(
        f"expected {part.budget:,} {part.unit} of {part.asked} to ask the {part.role} about, got "
        f"{have:,}; try more photos, or a smaller budget (extraction.budgets)"
    )
