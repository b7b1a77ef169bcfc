"""Figures, facts and evidence of a store as tables, and its cases as runs of MLflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.api.arguments import StoreLike, StrPath, check_outputs, output_of, path_of, store_of
from faceaudit.api.results import COLUMNS
from faceaudit.audit.common.rows import Row
from faceaudit.audit.results import planned_rows
from faceaudit.audit.shown import ShownStore
from faceaudit.errors import InputError, OptionError, StoreError
from faceaudit.files.atomic import make_private, write_atomically
from faceaudit.progress import Progress, silent
from faceaudit.store import CaseRecord

if TYPE_CHECKING:
    from faceaudit.types import Evidence

ENDS = (".parquet", ".csv")
"""How files of tables end."""
EXPERIMENT = "faceaudit"
"""What the experiment of MLflow is called."""
Column = Sequence[Any]


@dataclass(frozen=True)
class StoreExport:
    """What was exported of a store.

    Attributes:
        figures: how many rows the table of figures has.
        facts: how many rows the table of facts has.
        files: that were written: figures, facts, and evidence case by case.
        logged: how many cases became runs of MLflow now.
        logged_before: how many were there already, just as they are.
        absent: which cases of the plan are in none of it, in a line; usually nothing.
    """

    figures: int
    facts: int
    files: tuple[Path, ...]
    logged: int
    logged_before: int
    absent: str

    def lines(self) -> tuple[str, ...]:
        """Return it in lines, as the command line prints them."""
        lines = [f"{file}" for file in self.files[:2]]
        evidence = self.files[2:]
        lines += [f"{evidence[0].parent}: evidence of {len(evidence):,} cases"] if evidence else []
        if self.files:
            lines.append(f"figures: {self.figures:,}; facts: {self.facts:,}")
        if self.logged or self.logged_before:
            lines.append(f"runs of MLflow: {self.logged:,}; there already: {self.logged_before:,}")
        return tuple(lines)


def export_store(
    store: StoreLike = "audit",
    out: StrPath | None = None,
    *,
    evidence: bool = False,
    mlflow: str | None = None,
    experiment: str = EXPERIMENT,
    show_names: bool = False,
    progress: Progress = silent,
) -> StoreExport:
    """Write figures and facts of a store as tables, and log its cases to MLflow.

    `audit.parquet` gets every figure, a row each with the columns of `results`; facts go to
    `audit-facts.parquet`, evidence to `audit-evidence/CASE.parquet`. A name that ends in .csv
    gives CSV. In MLflow each case is a run: its spec as parameters, its figures as metrics with
    `.low`, `.high` and `.n` beside them, and ids, versions and commit as tags. A case that is there
    already, just as it is, is not logged again; nothing is read back.

    Args:
        store: a `Store`, its folder or its URL.
        out: the file of figures, which ends in .parquet or .csv; no tables when None.
        evidence: write each case's evidence as well, a row a sample.
        mlflow: the tracking URI, as in "http://127.0.0.1:5000" or "sqlite:///mlflow.db".
        experiment: what the experiment is called there.
        show_names: say names of real people and photos, where the store kept them.
        progress: told of each case.

    Returns:
        What was written and logged.

    Raises:
        OptionError: neither is asked for, the name ends otherwise, or what writes Parquet or speaks
            to MLflow is not installed.
        InputError: a file cannot be written, or MLflow cannot be reached.
        StoreError: nothing was ever run into the store, or by another version of faceaudit.

    Example:
        ::

            done = faceaudit.export_store("audit", "audit.parquet", evidence=True)
            print(done.figures, done.files)
    """
    if out is None and mlflow is None:
        raise OptionError(
            "expected a file for tables or a URI of MLflow, got neither; try 'audit.parquet'"
        )
    if evidence and out is None:
        raise OptionError("expected a file beside which evidence goes, got none; give one")
    kept = store_of(store)
    tables = None if out is None else _tables(out, ShownStore(kept))
    if mlflow is not None:
        from faceaudit.api.mlflow_runs import need_mlflow  # noqa: PLC0415 - an extra

        need_mlflow(mlflow)
    shown = ShownStore(kept, names=show_names)
    planned, rows = planned_rows(shown)
    flat_rows = [row for of_case in rows.values() for row in of_case]
    files: list[Path] = []
    facts = 0
    if tables is not None:
        try:
            facts, files = tables.write(planned.records, flat_rows)
            if evidence:
                files += _write_evidence(tables, shown, planned.records, progress)
        except OSError as error:
            raise InputError(
                f"expected files that can be written, got {error}; try another place"
            ) from None
    logged = before = 0
    if mlflow is not None:
        from faceaudit.api.mlflow_runs import log_cases  # noqa: PLC0415 - an extra

        logged, before = log_cases(
            planned.records, rows, shown.run(), uri=mlflow, experiment=experiment, progress=progress
        )
    return StoreExport(len(flat_rows), facts, tuple(files), logged, before, planned.absent)


@dataclass(frozen=True)
class _Tables:
    """Where tables go, and how they are spelled.

    Attributes:
        file: of figures.
        spell: columns and a caption as the content of a file.
        spell_evidence: evidence of a case likewise.
    """

    file: Path
    spell: Callable[[Mapping[str, Column], str], bytes]
    spell_evidence: Callable[[str, Evidence], bytes]

    @property
    def facts(self) -> Path:
        """The file of facts."""
        return self.file.with_name(f"{self.file.stem}-facts{self.file.suffix}")

    @property
    def evidence(self) -> Path:
        """The folder of evidence."""
        return self.file.with_name(f"{self.file.stem}-evidence")

    def write(self, records: Sequence[CaseRecord], rows: Sequence[Row]) -> tuple[int, list[Path]]:
        """Write figures and facts; return how many facts there are, and both files."""
        from faceaudit.report.exports.store_tables import fact_columns  # noqa: PLC0415 - slow

        figures = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
        facts = fact_columns(records)
        write_atomically(self.file, self.spell(figures, "Every figure of the store"))
        write_atomically(self.facts, self.spell(facts, "Every fact of the store's cases"))
        return len(facts["case"]), [self.file, self.facts]


def _tables(out: StrPath, store: ShownStore) -> _Tables:
    """Return where tables go.

    Raises:
        OptionError: the name ends otherwise, is the store's own, or pyarrow is not installed.
        InputError: it is no path.
    """
    from faceaudit.report.exports import store_tables  # noqa: PLC0415 - slow to load
    from faceaudit.report.exports.tables import (  # noqa: PLC0415
        csv_of,
        need_parquet_writer,
        parquet_of,
    )

    file = path_of(out, "the tables to write")
    end = file.suffix.lower()
    if end not in ENDS:
        raise OptionError(
            f"expected tables as .parquet or .csv, got {str(out)!r}; try "
            f"{str(file.with_suffix('.parquet')) if file.name else 'audit.parquet'!r}"
        )
    if end == ".csv":
        tables = _Tables(
            file, lambda columns, _caption: csv_of(columns).encode(), store_tables.evidence_csv
        )
    else:
        need_parquet_writer()
        tables = _Tables(file, parquet_of, store_tables.evidence_parquet)
    outputs = {"figures": file, "facts": tables.facts, "evidence": tables.evidence}
    check_outputs(outputs, store)
    store.run()  # which says that there is none, before anything is made
    output_of(file, "the tables to write")
    return tables


def _write_evidence(
    tables: _Tables, store: ShownStore, records: Sequence[CaseRecord], progress: Progress
) -> Iterator[Path]:
    """Write the evidence of each case that has any, one in memory at a time; yield the files."""
    make_private(tables.evidence)
    with progress.task("evidence", len(records)) as advance:
        for record in records:
            if record.error is None:
                try:
                    found = store.case(record.id).evidence
                except StoreError as error:
                    progress.note(f"left out: {error}")
                    found = None
                if found is not None:
                    path = tables.evidence / f"{record.id}{tables.file.suffix}"
                    write_atomically(path, tables.spell_evidence(record.id, found))
                    yield path
            advance(1)
