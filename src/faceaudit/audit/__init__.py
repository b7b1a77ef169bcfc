"""An audit: a plan, its cases, and what running them found."""

from faceaudit.audit.cost import Cost, estimate_cost
from faceaudit.audit.plan import AttackPlan, Plan, load_plan
from faceaudit.audit.results import Row, result_rows
from faceaudit.audit.run import Outcome, run
from faceaudit.audit.system_plan import SystemPlan
from faceaudit.audit.workspace import workspace

__all__ = [
    "AttackPlan",
    "Cost",
    "Outcome",
    "Plan",
    "Row",
    "SystemPlan",
    "estimate_cost",
    "load_plan",
    "result_rows",
    "run",
    "workspace",
]
