"""What keeps a plan from ending, found in a moment: before any photo is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from faceaudit.audit.common.discretion import Discretion, sources_in
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.plan import Plan
from faceaudit.errors import FaceAuditError, InputError
from faceaudit.registry import Options

ABSENT = "expected a file that is here, got none: "
"""How an obstacle begins that is about weights or a list which is not here."""

REMEDY = "; give "
"""Before what to do about an absent file: many systems may lack the same one."""


def plan_obstacles(plan: Plan) -> Iterator[FaceAuditError]:
    """Yield what would make a run of the plan fail, as the errors that it would fail with.

    Photos are counted by their places and names; what a photo that cannot be used changes about
    that is found out when photos are packed, before anything is trained.

    Args:
        plan: what to audit.
    """
    said: set[str] = set()
    for kind, section in plan.parts():
        for error in (*kind.obstacles(section, plan.seeds), *_absent(kind, section)):
            what = str(error).partition(REMEDY)[0]
            if what not in said:
                said.add(what)
                yield error if plan.show.names else _soften(error, plan)


def _soften(error: FaceAuditError, plan: Plan) -> FaceAuditError:
    """Return an error without names of real people, as far as they can be seen unread."""
    discretion = Discretion()
    for source in sources_in(plan):
        discretion.know_outline(source)
    discretion.soften(error)
    return error


def _absent(kind: AuditKind[Any], section: Options) -> Iterator[FaceAuditError]:
    try:
        for line in kind.absent_files(section):
            yield InputError(f"{ABSENT}{line}")
    except FaceAuditError as error:
        yield error
