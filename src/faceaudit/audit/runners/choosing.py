"""Which of a plan's cases are to run."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.common.job import Job
from faceaudit.errors import OptionError, StoreError
from faceaudit.store import Store

SHORTEST = 4
"""Letters of an id that tell a case at least."""
_SHOWN = 5


def chosen_jobs(
    jobs: Sequence[Job], store: Store, *, only: Sequence[str] = (), failed_before: bool = False
) -> frozenset[str]:
    """Return the ids of the cases that are asked for.

    Args:
        jobs: of the whole plan.
        store: what it says of those that failed.
        only: parts of titles, in any case, or beginnings of ids; all cases where there are none.
        failed_before: of those, only cases that the store holds as failed.

    Raises:
        OptionError: no case is meant by one of `only`.
    """
    ids = frozenset(job.id for job in jobs)
    if only:
        found = {one: {job.id for job in jobs if _is_meant(job, one)} for one in only}
        for one, meant in found.items():
            if not meant:
                raise OptionError(
                    f"expected a part of a case's title or the beginning of its id, got {one!r}; "
                    f"try {_some_titles(jobs)}"
                )
        ids = frozenset[str]().union(*found.values())
    if failed_before:
        ids = frozenset(id_ for id_ in ids if _has_failed(id_, store))
    return ids


def _is_meant(job: Job, asked: str) -> bool:
    words = " ".join(asked.lower().split())
    begins = len(words) >= SHORTEST and job.id.startswith(words)
    return begins or (bool(words) and words in job.title.lower())


def _some_titles(jobs: Sequence[Job]) -> str:
    titles = tuple(dict.fromkeys(job.title for job in jobs))
    more = f" or one of {len(titles) - _SHOWN} others" if len(titles) > _SHOWN else ""
    return ", ".join(repr(title) for title in titles[:_SHOWN]) + more


def _has_failed(case: str, store: Store) -> bool:
    try:
        return store.case(case, figures_only=True).error is not None
    except StoreError:
        return False
