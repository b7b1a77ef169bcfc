"""One of the two audits that are compared: its measures, and its cases when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from faceaudit.audit import kinds
from faceaudit.audit.planned import Planned
from faceaudit.report.kept_cases import tolerant
from faceaudit.report.measures import Measure
from faceaudit.report.section import section_of
from faceaudit.store import CaseRecord, Store

KEPT = 16
"""Cases that stay in memory with their evidence."""


@dataclass(frozen=True, eq=False)
class Audit:
    """An audit as a store holds it.

    Attributes:
        where: its folder or URL.
        run: the store's account of the last run.
        records: its cases, in the order of the plan; evidence may have been left in the store.
        load: returns a case by its id, with its evidence.
        absent: which cases of its plan are not among them, in a line; usually nothing.
    """

    where: str
    run: Mapping[str, Any]
    records: Sequence[CaseRecord]
    load: Callable[[str], CaseRecord]
    absent: str = ""

    @classmethod
    def of(cls, store: Store) -> Audit:
        """Read an audit; evidence is read later, where it is needed.

        Raises:
            StoreError: nothing was ever run into the store, or by another version of faceaudit.
        """
        run = store.run()

        def read(planned: Planned) -> Audit:
            audit = cls(store.url, run, planned.records, store.case, planned.absent)
            _ = audit.measures  # so that a case that has none is found out now
            return audit

        return tolerant(store, read)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The measures of all kinds, in the order of the kinds."""
        found: list[Measure] = []
        for kind in kinds.KINDS:
            cases = [record for record in self.records if record.spec.get("kind") == kind.name]
            if cases:
                found += section_of(kind.report).measures(cases)
        return tuple(found)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of audit that it has measures of."""
        return tuple(dict.fromkeys(measure.kind for measure in self.measures))

    @cached_property
    def find(self) -> Callable[[str], CaseRecord]:
        """Return a case by its id, with its evidence, without its pictures.

        The last few stay in memory: figures of one attack rest on the same cases.
        """
        return lru_cache(KEPT)(lambda id_: replace(self.load(id_), pictures={}))

    @cached_property
    def figures(self) -> Mapping[str, CaseRecord]:
        """Its cases by their ids; their evidence may have been left in the store."""
        return {record.id: record for record in self.records}
