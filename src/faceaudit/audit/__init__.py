"""An audit: a plan, its cases, and what running them found."""

from faceaudit.audit.common.systems import SystemPlan
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.cost import Cost, estimate_cost
from faceaudit.audit.plan import AttackPlan, Plan, load_plan
from faceaudit.audit.results import Row, result_rows
from faceaudit.audit.run import RunSummary, run

__all__ = [
    "AttackPlan",
    "Cost",
    "Plan",
    "Row",
    "RunSummary",
    "SystemPlan",
    "estimate_cost",
    "load_plan",
    "result_rows",
    "run",
    "workspace",
]
