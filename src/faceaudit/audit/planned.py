"""The cases of a store's last run: those that can be read, and those that cannot."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord, Store
from faceaudit.store.files import plain

DEEPEST = 60
"""Levels of lists within lists in an account of a run; plans have seven."""


@dataclass(frozen=True, eq=False)
class Planned:
    """The cases of a store's last run.

    Attributes:
        ids: of every case of the plan, in its order, each once.
        records: those that can be read, failed ones too, in that order; evidence and pictures are
            left in the store.
        damaged: ids of those that are there, but not as they were written, or cannot be read.
        missing: ids of those that are not there.
    """

    ids: tuple[str, ...]
    records: tuple[CaseRecord, ...]
    damaged: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(record.error is not None for record in self.records)

    @property
    def absent(self) -> str:
        """Which cases are not among the records, in a line; nothing when all are."""
        counted = ((self.missing, "not in the store"), (self.damaged, "damaged"))
        said = " and ".join(f"{len(ids):,} {word}" for ids, word in counted if ids)
        if not said:
            return ""
        return (
            f"incomplete: of {len(self.ids):,} cases, {said}; `faceaudit run` with the same plan "
            "and store computes them"
        )

    def without(self, unread: Collection[str]) -> Planned:
        """Return the same with further cases found to be unreadable."""
        kept = tuple(record for record in self.records if record.id not in unread)
        damaged = {*self.damaged, *unread}
        return replace(self, records=kept, damaged=tuple(id_ for id_ in self.ids if id_ in damaged))


def planned_cases(store: Store) -> Planned:
    """Return the cases of a store's last run; one that cannot be read counts as damaged.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit, or the
            account of the run is damaged, or the store cannot be reached.
    """
    planned = store.run().get("cases")
    if not isinstance(planned, list) or not all(isinstance(id_, str) for id_ in planned):
        raise _other(store, "no list of its cases")
    ids = tuple(dict.fromkeys(planned))
    there = set(store.folders())
    records = {id_: record for id_ in ids if (record := _read(store, id_)) is not None}
    absent = [id_ for id_ in ids if id_ not in records]
    return Planned(
        ids,
        tuple(records.values()),
        damaged=tuple(id_ for id_ in absent if f"cases/{id_}" in there),
        missing=tuple(id_ for id_ in absent if f"cases/{id_}" not in there),
    )


def _read(store: Store, id_: str) -> CaseRecord | None:
    """Return a case without evidence and pictures; None of one that no faceaudit wrote so."""
    if not plain(id_):
        return None
    try:
        record = store.case(id_, figures_only=True)
    except StoreError:
        store.exists()  # which raises where the store is out of reach: nothing is damaged then
        return None
    return record if is_whole(record) else None


def is_whole(record: CaseRecord) -> bool:
    """Return whether a record's parts are of the types that a case has, and its figures finite."""
    spec = record.spec
    named = (
        isinstance(spec, dict)
        and isinstance(spec.get("kind"), str)
        and isinstance(spec.get("seed", 0), int)
    )
    if record.error is not None:
        return named and isinstance(record.error, str) and isinstance(record.traceback, str)
    return (
        named
        and isinstance(record.facts, dict)
        and _is_count(record.withheld)
        and all(
            isinstance(one.metric, str)
            and isinstance(one.why_none, str)
            and (one.estimate is None or _is_finite(vars(one.estimate)))
            for one in record.figures
        )
    )


def _is_finite(estimate: Mapping[str, object]) -> bool:
    numbers = [estimate[name] for name in ("value", "low", "high")]
    return (
        _is_count(estimate["n"])
        and isinstance(estimate["method"], str)
        and all(
            isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
            for one in numbers
        )
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


class _Photo(BaseModel):
    id: str
    reason: str


class _Account(BaseModel):
    """What every run says of itself; there is more beside it."""

    model_config = ConfigDict(strict=True)

    plan: dict[str, Any]
    cases: list[str]
    sections: dict[str, Any]
    left_out: list[_Photo]
    remarks: list[_Photo]
    said_first: list[str] = []
    versions: dict[str, str | int | float]
    machine: dict[str, Any]
    commit: str | None
    started: str | None
    seconds: FiniteFloat | None


def account_of(store: Store) -> dict[str, Any]:
    """Return a store's account of the last run, which holds what every run writes.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit, or the
            account is damaged.
    """
    account = store.run()
    try:
        _Account.model_validate(account)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _other(store, f"{where!r}: {first['msg'].lower()}") from None
    if _depth(account) > DEEPEST:
        raise _other(store, f"lists within lists, more than {DEEPEST} deep")
    return account


def _other(store: Store, what: str) -> StoreError:
    return StoreError(
        f"expected the account of a run in {store.url}/run.json, got {what}; run the audit again: "
        "what is sound of its cases is kept"
    )


def _depth(value: object) -> int:
    """Return how many levels of lists and mappings a value has."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, level + 1) for each in inside]
    return deepest
