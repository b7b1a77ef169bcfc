"""Cases of a store whose evidence and pictures are read where the page needs them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar, cast

from jinja2 import TemplateError

from faceaudit.audit.planned import Planned, planned_cases
from faceaudit.cleaning import clean
from faceaudit.errors import FaceAuditError, StoreError
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Evidence

IN_MEMORY = 4
"""Cases whose evidence and pictures stay in memory: what asks for one asks again at once."""
TRIES = 100
"""How often a page is made of some of its cases, at most, to find those that it fails on."""
T = TypeVar("T")
_WRONG = (
    StoreError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TemplateError,
    TypeError,
    ValueError,
)
"""What is raised where values are others than a run writes."""


class KeptCase(CaseRecord):
    """A case of which figures are in memory, and evidence and pictures are in the store.

    A page of thousands of cases draws few of them; held all at once, they fill the memory.

    Args:
        figures: the case without evidence and pictures.
        read: returns it with them, by its id.
    """

    _read: Callable[[str], CaseRecord]

    def __init__(self, figures: CaseRecord, read: Callable[[str], CaseRecord]) -> None:
        vars(self).update(vars(figures), _read=read)

    @property
    def evidence(self) -> Evidence | None:
        """One row a sample; None for a failed case."""
        return None if self.error is not None else self._read(self.id).evidence

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """PNG files by name."""
        return {} if self.error is not None else self._read(self.id).pictures


def kept_cases(planned: Planned, store: Store) -> list[CaseRecord]:
    """Return the cases of a run with their figures; the rest is read when it is asked for."""
    read = lru_cache(IN_MEMORY)(store.case)
    return [KeptCase(record, read) for record in planned.records]


def tolerant(store: Store, make: Callable[[Planned], T]) -> T:
    """Return what is made of the cases of a store, without those that it cannot be made of.

    A store may be a stranger's, and hold what no run of faceaudit writes. Cases that what is made
    fails on count as damaged. They are found by halves.

    Args:
        store: only read.
        make: makes it, of any of the cases.

    Raises:
        StoreError: it cannot be made of any of the cases, or what else it needs cannot be read.
    """
    planned = planned_cases(store)
    with believing(store.url):
        try:
            return make(planned)
        except _WRONG:
            bad = _unreadable(planned, make)
            if not bad or len(bad) == len(planned.records):
                raise
        return make(planned.without(bad))


@contextmanager
def believing(what: str) -> Iterator[None]:
    """Refuse stores with other values than a run writes in one line, whatever fails on them.

    Args:
        what: the stores that are read.

    Raises:
        StoreError: something did.
    """
    try:
        yield
    except FaceAuditError:
        raise
    except _WRONG as error:
        raise StoreError(
            f"expected what a run of faceaudit wrote in {what!r}, got other values "
            f"({type(error).__name__}: {clean(error, 200)}); run the audit again, best into a new "
            "store"
        ) from error


def _unreadable(planned: Planned, make: Callable[[Planned], object]) -> set[str]:
    """Return the ids of cases that cannot be made anything of; of very many, of the first."""
    bad: set[str] = set()
    waiting = [tuple(record.id for record in planned.records)]
    for _ in range(TRIES):
        if not waiting:
            break
        ids = waiting.pop()
        others = {record.id for record in planned.records} - {*ids}
        try:
            make(planned.without(others))
        except _WRONG:
            if len(ids) == 1:
                bad.update(ids)
            elif ids:
                waiting += [ids[len(ids) // 2 :], ids[: len(ids) // 2]]
    return bad


class Cases(Sequence[CaseRecord]):
    """Cases of one kind, with what `once` made of them; gone together."""

    def __init__(self, records: Iterable[CaseRecord]) -> None:
        self._records = tuple(records)
        self.made: dict[Hashable, object] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, place: Any) -> Any:
        return self._records[place]

    def __iter__(self) -> Iterator[CaseRecord]:
        return iter(self._records)


def once(records: Sequence[CaseRecord], make: Callable[[Sequence[CaseRecord]], T]) -> T:
    """Return what a function makes of cases; of a report's own, it makes that only once."""
    if not isinstance(records, Cases):
        return make(records)
    if make not in records.made:
        records.made[make] = make(records)
    return cast("T", records.made[make])
