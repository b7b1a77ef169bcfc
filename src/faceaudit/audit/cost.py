"""The cost of a plan, told without computing any of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from faceaudit.audit.choosing import chosen
from faceaudit.audit.common.cost import Cost, total_cost
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.plan import Plan
from faceaudit.registry import Options


def estimate_cost(plan: Plan, *, look: bool = True) -> Cost:
    """Return what a plan would cost; no photo is read and nothing is trained.

    A plan can be checked where its photos are not: `missing` then says so, and what depends on them
    is unknown.

    Args:
        plan: what to audit.
        look: whether photos may be counted and networks built; without, only cases and trainings
            are known, at once.
    """
    return total_cost(
        [_section_cost(kind, section, plan, look=look) for kind, section in plan.parts()]
    )


def _section_cost(kind: AuditKind[Any], section: Options, plan: Plan, *, look: bool) -> Cost:
    cost = kind.cost(section, plan.seeds, look=look)
    kept = chosen(kind, section, plan.seeds)
    return cost if kept is None else replace(cost, cases=sum(kept))
