"""Reports of a store, each in the format that its file's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.api.arguments import StoreLike, StrPath, check_outputs, output_of, path_of, store_of
from faceaudit.audit.shown import ShownStore
from faceaudit.errors import InputError, OptionError
from faceaudit.files.atomic import write_atomically
from faceaudit.store import Store

if TYPE_CHECKING:
    from faceaudit.report.summary.models import ReportValues

OWN_FILE = "; give the report a file of its own, with -o or `path`"
"""What to do where a store cannot be written."""
Writer = Callable[[Store, Path], None]
"""Writes a store's report to a file; what it lacks, such as a program, it says before any work."""


def write_report(
    store: StoreLike = "audit",
    path: StrPath | None = None,
    *,
    show_faces: bool = False,
    show_names: bool = False,
) -> Path | str:
    """Write the report of a store, in the format that the file's name ends in.

    `.html` is the whole report, one file that opens offline; `.pdf` is that printed; `.md` is a
    page with verdicts, figures and limits; `.json` is everything as values, by the schema
    docs/report.schema.json.

    Args:
        store: a `Store`, its folder or its URL.
        path: the file to write; `report.html` in the store when None.
        show_faces: show photos of real people, where the store kept them.
        show_names: say names of real people and photos, where the store kept them.

    Returns:
        The file written, or its URL where it is in a store that is no folder of this machine.

    Raises:
        InputError: the path is a folder, cannot be written, or ends in none of these.
        StoreError: nothing was ever run into the store, it kept no faces or names that are to be
            shown, or it cannot be written.

    Example:
        ::

            page = faceaudit.write_report("audit", "audit.html")
            values = faceaudit.write_report("audit", "audit.json")
    """
    kept = ShownStore(store_of(store), faces=show_faces, names=show_names)
    if path is None:
        from faceaudit.report import write  # noqa: PLC0415 - slow to load

        with _writing(f"the store {kept.url!r}", OWN_FILE):
            return write(kept)
    file = path_of(path, "the report to write")
    if file.is_dir():
        raise InputError(f"expected a file for the report, got the folder {str(file)!r}")
    writer = writer_of(file)
    check_outputs({"the report": file}, kept)
    kept.run()  # which says that there is none, before anything is written
    output_of(file, "the report to write")
    with _writing(file):
        writer(kept, file)
    return file


def report_values(store: StoreLike = "audit", *, show_names: bool = False) -> ReportValues:
    """Return everything that the report of a store says, as typed values.

    Args:
        store: a `Store`, its folder or its URL.
        show_names: say names of real people and photos, where the store kept them.

    Returns:
        A pydantic model: `model_dump(mode="json")` gives plain values, as `report.json` has them.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit, or it
            kept no names that are to be said.

    Example:
        ::

            for measure in faceaudit.report_values("audit").measures:
                print(measure.title, measure.estimate or measure.why_none)
    """
    from faceaudit.report.summary.values import values_of  # noqa: PLC0415 - slow to load

    return values_of(ShownStore(store_of(store), names=show_names))


def writer_of(path: Path) -> Writer:
    """Return what writes a report to a file, by the end of its name.

    Raises:
        OptionError: no report is written so.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        *first, last = FORMATS
        remedy = path.with_suffix(".html") if path.name else "report.html"
        raise OptionError(
            f"expected a report as {', '.join(first)} or {last}, got {str(path)!r}; try "
            f"{str(remedy)!r}"
        )
    return FORMATS[suffix]


@contextmanager
def _writing(file: object, remedy: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"expected a file that can be written, got {file} ({error}){remedy}"
        ) from None


def _write_html(store: Store, path: Path) -> None:
    from faceaudit.report import write as write_page  # noqa: PLC0415 - slow to load

    write_page(store, path)


def _write_json(store: Store, path: Path) -> None:
    from faceaudit.report.summary.values import json_of, values_of  # noqa: PLC0415 - slow to load

    write_atomically(path, json_of(values_of(store)))


def _write_markdown(store: Store, path: Path) -> None:
    from faceaudit.report.summary.markdown import markdown_of  # noqa: PLC0415 - slow to load
    from faceaudit.report.summary.values import values_of  # noqa: PLC0415

    write_atomically(path, markdown_of(values_of(store)))


def _write_pdf(store: Store, path: Path) -> None:
    from faceaudit.report import render  # noqa: PLC0415 - slow to load
    from faceaudit.report.exports.pdf import find_browser, write_pdf  # noqa: PLC0415

    find_browser()
    write_pdf(render(store), path)


FORMATS: dict[str, Writer] = {
    ".html": _write_html,
    ".pdf": _write_pdf,
    ".md": _write_markdown,
    ".json": _write_json,
}
"""How a report is written, by the end of its file's name."""
