"""Audits: check a plan, run it, and read what a store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from faceaudit.api.arguments import StoreLike, StrPath, path_of, shown, store_of
from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.rows import Row
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.forecast import Forecast, forecast
from faceaudit.audit.kept import count_kept
from faceaudit.audit.obstacles import ABSENT, plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.remarks import plan_remarks
from faceaudit.audit.results import rows_of
from faceaudit.audit.run import RunSummary
from faceaudit.audit.run import run as run_plan
from faceaudit.errors import FaceAuditError, InputError, OptionError
from faceaudit.progress import Progress, silent
from faceaudit.store import Store

if TYPE_CHECKING:
    from faceaudit.audit.runners.base import Runner

PlanLike = Plan | Mapping[str, Any] | StrPath | None
"""A plan: itself, plain values, a YAML file, the name of an example, or None for the default."""


@dataclass(frozen=True)
class PlanCheck:
    """A plan whose keys and values are valid, whether it would run to its end, and its cost.

    Attributes:
        plan: with all defaults filled in.
        cost: an upper bound of the work; None where only reading the photos would tell.
        absent_files: weights and lists that the plan needs and that are not here, each with the
            option that names another.
        obstacles: why a run would fail, each with what to try; absent files are among them.
        remarks: what to know before the figures are read.
        store: the store that was looked into; empty for none.
        kept: how many of the cases it holds already; None where only a run would tell.
        forecast: how long a run would take here, and in how much memory; None where this was not
            asked for, or cannot be told.
    """

    plan: Plan
    cost: Cost
    absent_files: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    store: str = ""
    kept: int | None = None
    forecast: Forecast | None = None


@dataclass(frozen=True)
class AuditRun(RunSummary):
    """What became of a plan's cases, and where it is.

    Attributes:
        ran: cases that were run now and did not fail.
        kept: cases that the store already held.
        failed: title and error of those that failed.
        store: holds everything found.
        report: the report's file, or its URL where the store is no folder of this machine; None
            where none was written.
    """

    store: Store
    report: Path | str | None = None


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
        report: write `report.html` into the store.
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
    page = write_report(kept) if report else None
    return AuditRun(done.ran, done.kept, done.failed, kept, page)


def check(
    plan: PlanLike = None,
    *,
    overrides: Sequence[str] = (),
    plan_only: bool = False,
    store: StoreLike | None = None,
    timed: bool = False,
) -> PlanCheck:
    """Tell whether a plan would run to its end, and what it would cost; nothing is computed.

    Args:
        plan: as `run` takes it.
        overrides: changes of the plan, as in `backdoor.attacks.0.samples=20`.
        plan_only: look at the plan alone: no photo is counted, no file of weights is read.
        store: also say which cases this store holds already.
        timed: also say how long a run would take here: for a few seconds networks, photos and
            detector of the plan are timed, once a day.

    Returns:
        The plan, its cost, what it needs that is not here, and everything else that a run would
        fail for.

    Raises:
        OptionError: the plan has a wrong key or value, or its file cannot be read.
        InputError: the store is none.

    Example:
        >>> import faceaudit
        >>> checked = faceaudit.check("default", plan_only=True)
        >>> checked.plan.title, checked.cost.cases
        ('DeepID on synthetic people', 25)
    """
    planned = load_plan(plan, check_overrides(overrides))
    if plan_only:
        return PlanCheck(planned, estimate_cost(planned, look=False))
    where = None if store is None else store_of(store)
    obstacles = tuple(map(str, plan_obstacles(planned)))
    absent = tuple(line for line in obstacles if line.startswith(ABSENT))
    return PlanCheck(
        planned,
        _known_cost(planned),
        absent_files=tuple(line.removeprefix(ABSENT) for line in absent),
        obstacles=obstacles,
        remarks=plan_remarks(planned),
        store="" if where is None else where.url,
        kept=None if where is None or obstacles else count_kept(planned, where),
        forecast=forecast(planned, where) if timed and not obstacles else None,
    )


def _known_cost(plan: Plan) -> Cost:
    """Return what a plan would cost, as far as that can be told."""
    try:
        return estimate_cost(plan)
    except FaceAuditError:
        return estimate_cost(plan, look=False)


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


def write_report(store: StoreLike = "audit", path: StrPath | None = None) -> Path | str:
    """Write the report of a store: one HTML file that opens offline.

    Args:
        store: a `Store`, its folder or its URL.
        path: the file to write; `report.html` in the store when None.

    Returns:
        The file written, or its URL where it is in a store that is no folder of this machine.

    Raises:
        InputError: the path is a folder.
        StoreError: nothing was ever run into the store, or it cannot be written.

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
