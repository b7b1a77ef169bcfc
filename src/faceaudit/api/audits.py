"""Audits: check a plan, run it, and read what a store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from faceaudit.api.arguments import StoreLike, StrPath, path_of, shown, store_of
from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.rows import Row
from faceaudit.audit.cost import absent_files, estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.results import rows_of
from faceaudit.audit.run import RunSummary
from faceaudit.audit.run import run as run_plan
from faceaudit.errors import InputError, OptionError
from faceaudit.progress import Progress, silent
from faceaudit.store import Store

if TYPE_CHECKING:
    from faceaudit.audit.runners.base import Runner

PlanLike = Plan | Mapping[str, Any] | StrPath | None
"""A plan: itself, plain values, a YAML file, the name of an example, or None for the default."""


@dataclass(frozen=True)
class PlanCheck:
    """A plan that is valid, and what it would cost.

    Attributes:
        plan: with all defaults filled in.
        cost: an upper bound of the work; None where only reading the photos would tell.
        absent_files: weights and lists that the plan needs and that are not here, each with the
            option that names another.
    """

    plan: Plan
    cost: Cost
    absent_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditRun(RunSummary):
    """What became of a plan's cases, and where it is.

    Attributes:
        ran: cases that were run now and did not fail.
        kept: cases that the store already held.
        failed: title and error of those that failed.
        store: holds everything found.
        report: the report's file; None where none was written.
    """

    store: Store
    report: Path | None = None


class Results(Sequence[Row]):
    """The figures of a store as rows, in the order of the plan.

    Each row has `kind`, `case`, `system`, `attack`, `samples`, `mitigation`, `seed`, `metric`,
    `value`, `low`, `high`, `n` and `note`. What could not be measured has the value None, and the
    reason in `note`; a failed case has one row with the metric "failed".

    Attributes:
        tracebacks: where each failed case failed, by its id.
    """

    def __init__(self, rows: Sequence[Row], tracebacks: Mapping[str, str] | None = None) -> None:
        self._rows = tuple(rows)
        self.tracebacks = dict(tracebacks or {})

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Results: ...
    def __getitem__(self, place: int | slice) -> Row | Results:
        found = self._rows[place]
        return Results(found, self.tracebacks) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        cases = len({row.case for row in self._rows})
        return f"<Results: {len(self):,} figures of {cases:,} cases>"

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
        return pandas.DataFrame(self.as_json(), columns=list(Row.__dataclass_fields__))


def run(
    plan: PlanLike = None,
    store: StoreLike = "audit",
    *,
    overrides: Sequence[str] = (),
    strict: bool = False,
    report: bool = True,
    progress: Progress = silent,
    runner: Runner | None = None,
) -> AuditRun:
    """Run an audit and write its report; a run that was stopped goes on where it was.

    Packed faces, trained systems and finished cases are kept in the store, and a training goes on
    from its last checkpoint. A case that fails is recorded as failed, the others go on, and the
    next run tries it again.

    Args:
        plan: a `Plan`, plain values, a YAML file, or the name of a plan that ships with faceaudit,
            such as "chen2017-small"; "default" when None.
        store: the folder or fsspec URL for everything found, or a `Store`.
        overrides: changes of the plan, as in `backdoor.attacks.0.samples=20`.
        strict: give no figure where a validity gate names a flaw.
        report: write `report.html` into the store, where it is a folder of this machine.
        progress: told of all long work.
        runner: where the cases run; in this process unless given.

    Returns:
        How many cases ran, which failed and why, and where the report is.

    Raises:
        OptionError: the plan has a wrong key or value, or its file cannot be read.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos.
        StoreError: the store cannot be read or written.

    Example:
        ::

            done = faceaudit.run("plan.yaml", store="audit")
            print(done.ran, done.failed, done.report)
    """
    planned = load_plan(plan, check_overrides(overrides))
    if strict:
        planned = planned.strict()
    kept = store_of(store)
    done = run_plan(planned, kept, progress=progress, runner=runner)
    page = write_report(kept) if report and kept.local else None
    return AuditRun(done.ran, done.kept, done.failed, kept, page)


def check(
    plan: PlanLike = None, *, overrides: Sequence[str] = (), plan_only: bool = False
) -> PlanCheck:
    """Validate a plan and tell what it would cost; nothing is computed.

    Args:
        plan: as `run` takes it.
        overrides: changes of the plan, as in `backdoor.attacks.0.samples=20`.
        plan_only: look at the plan alone: no photo is counted, no file of weights is read.

    Returns:
        The plan, its cost, and the files that it needs and that are not here.

    Raises:
        OptionError: the plan has a wrong key or value, or its file cannot be read.
        InputError: a file that the plan names is here and cannot be used.

    Example:
        >>> import faceaudit
        >>> checked = faceaudit.check("default", plan_only=True)
        >>> checked.plan.title, checked.cost.cases
        ('DeepID on synthetic people', 25)
    """
    planned = load_plan(plan, check_overrides(overrides))
    absent = () if plan_only else tuple(absent_files(planned))
    return PlanCheck(planned, estimate_cost(planned, look=not plan_only), absent)


def results(store: StoreLike = "audit") -> Results:
    """Return every figure of a store, one a row, with its interval and n.

    Args:
        store: a `Store`, its folder or its URL.

    Returns:
        A sequence of rows; `to_pandas()` makes a data frame of it.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit.

    Example:
        ::

            for row in faceaudit.results("audit"):
                print(row.attack, row.metric, row.value, row.low, row.high, row.n)
    """
    rows: list[Row] = []
    tracebacks: dict[str, str] = {}
    for record in store_of(store).cases(figures_only=True):
        rows.extend(rows_of(record))
        if record.error is not None:
            tracebacks[record.id] = record.traceback
    return Results(rows, tracebacks)


def write_report(store: StoreLike = "audit", path: StrPath | None = None) -> Path:
    """Write the report of a store: one HTML file that opens offline.

    Args:
        store: a `Store`, its folder or its URL.
        path: the file to write; `report.html` in the store when None.

    Returns:
        The file written.

    Raises:
        InputError: the path is a folder, or there is none for a store on another machine.
        StoreError: nothing was ever run into the store.

    Example:
        ::

            page = faceaudit.write_report("audit", "audit.html")
    """
    from faceaudit.report import write  # noqa: PLC0415 - slow to load

    file = None if path is None else path_of(path, "the report to write")
    try:
        return write(store_of(store), file)
    except OSError as error:
        raise InputError(
            f"expected a file that can be written, got {file or 'report.html'} ({error})"
        ) from None


def check_overrides(overrides: object) -> Sequence[str]:
    """Return changes of a plan as they are.

    Raises:
        OptionError: they are no list of texts.
    """
    if isinstance(overrides, str) or not isinstance(overrides, Sequence):
        raise OptionError(
            f"expected a list of overrides, got {shown(overrides)}; try ['seeds=[0, 1]']"
        )
    if not all(isinstance(one, str) for one in overrides):
        raise OptionError(f"expected overrides as KEY=VALUE, got {shown(overrides)}")
    return overrides
