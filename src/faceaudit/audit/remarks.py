"""What to know of a plan before its figures are read, said first."""

from __future__ import annotations

from faceaudit.audit.plan import Plan


def plan_remarks(plan: Plan) -> tuple[str, ...]:
    """Return what a plan leaves undone that its figures will show, each in one line."""
    said = (line for kind, section in plan.parts() for line in kind.remarks(section))
    return tuple(dict.fromkeys(said))
