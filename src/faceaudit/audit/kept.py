"""The cases of a plan that a store holds already, told without computing any."""

from __future__ import annotations

from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.common.workspace import Workspace, workspace
from faceaudit.audit.plan import Plan
from faceaudit.audit.prepared import prepare_section
from faceaudit.registry import Options
from faceaudit.store import Store


def count_kept(plan: Plan, store: Store) -> int | None:
    """Return how many cases of a plan a store holds; None where only a run would tell.

    A case is known by its photos' pixels, so those must be packed already: they are where a run
    into the store got so far.

    Args:
        plan: what to audit; `plan_obstacles` has nothing against it.
        store: left as it is.
    """
    if not store.exists():
        return 0
    work = workspace(store)
    kept = 0
    for kind, section in plan.parts():
        if not is_loaded(kind, section, work):
            return None
        prepared = prepare_section(kind, section, plan, store, work)
        kept += len(store.held(job.id for job in prepared.jobs))
    return kept


def is_loaded(kind: AuditKind[Options], section: Options, work: Workspace) -> bool:
    """Return whether all faces of a section are packed."""
    loads = kind.loads(section)
    return loads is not None and all(
        source.packed(size, cache=work.faces) for source, size in loads
    )
