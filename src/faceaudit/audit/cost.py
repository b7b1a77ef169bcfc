"""The cost of a plan, told without computing any of it."""

from __future__ import annotations

from faceaudit.audit.common.cost import Cost, total_cost
from faceaudit.audit.plan import Plan


def estimate_cost(plan: Plan, *, look: bool = True) -> Cost:
    """Return what a plan would cost; no photo is read and nothing is trained.

    A plan can be checked where its photos are not: `missing` then says so, and what depends on them
    is unknown.

    Args:
        plan: what to audit.
        look: whether photos may be counted and networks built; without, only cases and trainings
            are known, at once.
    """
    return total_cost([kind.cost(section, plan.seeds, look=look) for kind, section in plan.parts()])
