"""The jobs of a plan's sections, with what is to be said of their faces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from faceaudit.audit.choosing import chosen
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.plan import Plan
from faceaudit.registry import Options
from faceaudit.store import Store


def prepare_section(
    kind: AuditKind[Any], section: Options, plan: Plan, store: Store, work: Workspace
) -> Prepared:
    """Return the jobs of a section that are to run; faces are packed now, nothing is trained.

    Raises:
        FaceAuditError: no case of the section could run.
    """
    prepared = kind.prepare(section, plan.seeds, store, work)
    kept = chosen(kind, section, plan.seeds)
    if kept is None:
        return prepared
    jobs = zip(prepared.jobs, kept, strict=True)
    return replace(prepared, jobs=tuple(job for job, keep in jobs if keep))


def accounts_of(prepared: Iterable[tuple[str, Prepared]]) -> dict[str, Mapping[str, Any]]:
    """Return what each kind says of its faces; lists of several sections are put together.

    Args:
        prepared: name of the kind and what was prepared, for each section.
    """
    accounts: dict[str, dict[str, Any]] = {}
    for name, part in prepared:
        account = accounts.setdefault(name, {})
        for key, value in part.account.items():
            both = key in account and isinstance(value, list) and isinstance(account[key], list)
            account[key] = [*account[key], *value] if both else value
    return dict(accounts)
