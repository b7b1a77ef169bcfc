"""Pictures of real people in a store: made where they may be kept, removed where they may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from faceaudit.audit.common.discretion import Discretion
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.declared import Shown
from faceaudit.audit.kinds import kind_of
from faceaudit.store import Store
from faceaudit.store.store import REPORT


def keep_to(
    show: Shown, before: Mapping[str, bool], kept: Sequence[Job], store: Store, work: Workspace
) -> None:
    """Bring what a store shows of real people to what it may show; nothing is trained.

    Args:
        show: what it may.
        before: what it might before.
        kept: jobs whose cases it holds.
        store: pictures of its cases are made or removed; a report that shows too much is removed.
        work: packed photos.
    """
    if show.faces:
        _make_missing(kept, store, work)
    else:
        _remove_kept(store)
    if any(before.get(what) and not may for what, may in show.model_dump().items()):
        store.remove_page(REPORT)


def _make_missing(kept: Sequence[Job], store: Store, work: Workspace) -> None:
    """Make the pictures of cases that a run without them left; figures stay as they are."""
    for job in kept:
        if store.case(job.id, figures_only=True).withheld:
            pictures = kind_of(job.kind).pictures(job, store, work)
            record = store.case(job.id)
            store.write_case(replace(record, pictures=pictures, withheld=0))


def _remove_kept(store: Store) -> None:
    """Remove the pictures of real people from all cases of a store, those of other plans too."""
    discretion = Discretion()
    store.remove_unfinished_pictures()
    for case in store.case_ids():
        if store.has_pictures(case):
            before = store.case(case)
            after = discretion.record(before)
            if after.withheld > before.withheld:
                store.write_case(after)
