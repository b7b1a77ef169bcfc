"""Which attacks a section makes on which protections, told without loading a network."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.attacks.inversion.templates import TemplateInversion
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.mitigations.templates import TemplateProtection
from faceaudit.records.inversion import Key
from faceaudit.systems.under_test.base import Access

NO_PROTECTION = "none"
WITH_TEMPLATES = (Access.GRADIENTS, Access.EMBEDDINGS)
"""Access of attacks that start from templates; others ask the system that holds them."""


def combinations(
    plan: InversionPlan,
) -> Iterator[tuple[TemplateInversion, TemplateProtection, Key, int]]:
    """Yield the attack, protection, key and origin of each case, in the order of the report.

    An attack that starts from another network's templates is a case for each of these, without
    protection. A protection with keys is faced by an attacker who has them and by one who has not;
    who asks the system needs none, as it has them itself.
    """
    for protection in plan.protections:
        for attack in plan.attacks:
            if attack.foreign and protection.name == NO_PROTECTION:
                for origin in range(1, len(plan.embedders)):
                    yield attack, protection, "none", origin
            elif not attack.foreign:
                for key in _keys(attack, protection):
                    yield attack, protection, key, 0


def cases_of(plan: InversionPlan) -> list[TemplateInversion]:
    """Return the attack of each case that a seed of a section has, identifiers apart."""
    return [attack for attack, *_ in combinations(plan)]


def _keys(attack: TemplateInversion, protection: TemplateProtection) -> tuple[Key, ...]:
    if not protection.keyed:
        return ("none",)
    return ("known", "secret") if attack.access in WITH_TEMPLATES else ("secret",)
