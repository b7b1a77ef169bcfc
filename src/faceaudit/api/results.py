"""The figures of a store as rows: filtered, sorted, as JSON or as a data frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, overload

from faceaudit.api.arguments import StoreLike, shown, store_of
from faceaudit.audit.common.rows import FAILED, Row
from faceaudit.audit.results import planned_rows
from faceaudit.errors import LISTED, OptionError, closest
from faceaudit.records.groups import is_of_groups

COLUMNS = tuple(Row.__dataclass_fields__)
"""Names of the columns, in their order."""
ANYTHING = "*"
"""What stands for any characters in a filter."""

Filter = str | int | Sequence[str | int] | None
"""A value of a column, in which `*` stands for any characters; or several, one of which fits."""


class Results(Sequence[Row]):
    """The figures of a store as rows, in the order of the plan.

    Each row has `kind`, `case`, `system`, `attack`, `samples`, `mitigation`, `seed`, `metric`,
    `value`, `low`, `high`, `n` and `note`. What could not be measured has the value None, and the
    reason in `note`; a failed case has one row with the metric "failed".

    Attributes:
        tracebacks: where each failed case failed, by its id.
        absent: which cases of the plan have no row, as they are damaged or not in the store, in a
            line; usually nothing. Filters leave it as it is.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        tracebacks: Mapping[str, str] | None = None,
        absent: str = "",
    ) -> None:
        self._rows = tuple(rows)
        self.tracebacks = dict(tracebacks or {})
        self.absent = absent

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Results: ...
    def __getitem__(self, place: int | slice) -> Row | Results:
        found = self._rows[place]
        return Results(found, self.tracebacks, self.absent) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        cases = len({row.case for row in self._rows})
        return f"<Results: {len(self):,} figures of {cases:,} cases>"

    def where(
        self,
        *,
        kind: Filter = None,
        case: Filter = None,
        system: Filter = None,
        attack: Filter = None,
        samples: Filter = None,
        mitigation: Filter = None,
        seed: Filter = None,
        metric: Filter = None,
        failed: bool = False,
    ) -> Results:
        """Return the rows that all filters fit.

        A filter is a value of its column as a whole, in which `*` stands for any characters, as in
        `metric="auc:*"`; of several values one has to fit.

        Args:
            kind: of audit.
            case: the id of the case.
            system: the network, or the backbones of a verifier.
            attack: its registered name; "none" where nothing is attacked.
            samples: poison samples.
            mitigation: its registered name with all its options, or "none".
            seed: the plan's.
            metric: what was measured.
            failed: the rows of failed cases alone.

        Raises:
            OptionError: no row at all has such a value in the column; the message has a close one.

        Example:
            ::

                found = faceaudit.results("audit").where(attack="blended", metric="*success")
        """
        filters = {
            "kind": kind,
            "case": case,
            "system": system,
            "attack": attack,
            "samples": samples,
            "mitigation": mitigation,
            "seed": seed,
            "metric": metric,
        }
        rows: Iterable[Row] = self._rows
        for column, wanted in filters.items():
            if wanted is not None:
                fitting = self._fitting(column, wanted)
                rows = [row for row in rows if getattr(row, column) in fitting]
        return self._of(row for row in rows if not failed or row.metric == FAILED)

    def sorted_by(self, column: str) -> Results:
        """Return the rows by one column, small first; large first with `-` before its name.

        Rows without a value there come last, and equal ones stay in their order.

        Raises:
            OptionError: there is no such column.

        Example:
            ::

                worst = faceaudit.results("audit").where(metric="attack_success").sorted_by("-low")
        """
        name = column.removeprefix("-") if isinstance(column, str) else column
        if name not in COLUMNS:
            raise _unknown("column", name, COLUMNS)
        known = [row for row in self._rows if getattr(row, name) is not None]
        unknown = [row for row in self._rows if getattr(row, name) is None]
        known.sort(key=lambda row: getattr(row, name), reverse=column.startswith("-"))
        return self._of([*known, *unknown])

    def summary(self) -> Results:
        """Return the rows but for figures of single targets and keys that another of them sums up.

        Such a figure is called as that of all of them is, with a colon and the target or key
        behind it: `wrong_key_success:frog` is left out where the case has a `wrong_key_success`.
        So are figures of groups of people, such as `attack_success|age_group=below 30`.
        """
        metrics = {(row.case, row.metric) for row in self._rows}
        of_everybody = {row.case for row in self._rows if not is_of_groups(row.metric)}
        return self._of(
            row
            for row in self._rows
            if not (is_of_groups(row.metric) and row.case in of_everybody)
            and not any((row.case, whole) in metrics for whole in _wholes(row.metric))
        )

    def as_json(self) -> list[dict[str, Any]]:
        """Return the rows as plain values, one mapping a row."""
        return [asdict(row) for row in self._rows]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with one row a figure; missing figures are NaN.

        Raises:
            OptionError: pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415
        except ImportError:
            raise OptionError(
                "expected pandas for a data frame, got none; try `pip install pandas`, or "
                "`as_json` for plain values"
            ) from None
        return pandas.DataFrame(self.as_json(), columns=list(COLUMNS))

    def _of(self, rows: Iterable[Row]) -> Results:
        kept = tuple(rows)
        cases = {row.case for row in kept}
        tracebacks = {case: at for case, at in self.tracebacks.items() if case in cases}
        return Results(kept, tracebacks, self.absent)

    def _fitting(self, column: str, wanted: Filter) -> set[object]:
        """Return the values of a column that a filter fits.

        Raises:
            OptionError: there are none.
        """
        values = {getattr(row, column) for row in self._rows} - {None}
        filters = [wanted] if isinstance(wanted, str | int) else wanted
        fitting: set[object] = set()
        for one in filters or ():
            pattern = re.compile(".*".join(map(re.escape, str(one).split(ANYTHING))), re.DOTALL)
            found = {value for value in values if pattern.fullmatch(str(value))}
            if not found and self._rows:
                raise _unknown(column, one, values, remedy=_wider(str(one), values))
            fitting |= found
        return fitting


def results(store: StoreLike = "audit") -> Results:
    """Return every figure of a store, one a row, with its interval and n.

    Args:
        store: a `Store`, its folder or its URL.

    Returns:
        A sequence of rows, with `where` and `sorted_by`; `to_pandas()` makes a data frame of it.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit.

    Example:
        ::

            for row in faceaudit.results("audit").where(metric="attack_success"):
                print(row.attack, row.samples, row.value, row.low, row.high, row.n)
    """
    planned, rows = planned_rows(store_of(store))
    return Results(
        [row for of_case in rows.values() for row in of_case],
        {one.id: one.traceback for one in planned.records if one.error is not None},
        planned.absent,
    )


def _wholes(metric: str) -> Iterator[str]:
    """Yield what a metric is a part of by its name, if that is a metric: `a:b` and `a` of `a:b:c`.

    >>> list(_wholes("auc:pair:lira:target-1"))
    ['auc:pair:lira', 'auc:pair', 'auc']
    """
    while ":" in metric:
        metric = metric.rpartition(":")[0]
        yield metric


def _wider(given: str, values: Iterable[object]) -> str | None:
    """Return the filter for all values that begin as the given one, where there are any."""
    return f"{given}*" if given and any(str(one).startswith(given) for one in values) else None


def _unknown(
    what: str, given: object, known: Iterable[object], *, remedy: str | None = None
) -> OptionError:
    names = sorted({str(one)[:80] for one in known})
    listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
    close = remedy or closest(str(given), names)
    article = "an" if what[0] in "aeiou" else "a"
    line = f"expected {article} {what} of these results ({listed}), got {shown(given)}"
    return OptionError(f"{line}; try {close!r}" if close else line)
