"""One HTML page from a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceaudit.audit.planned import Planned, account_of
from faceaudit.errors import InputError
from faceaudit.files.atomic import make_private, write_atomically
from faceaudit.report.elements import Headline, incomplete
from faceaudit.report.first_screen import KindCases, by_kind, first_screen
from faceaudit.report.kept_cases import kept_cases, tolerant
from faceaudit.report.numbers import listed
from faceaudit.report.provenance import provenance
from faceaudit.report.section import CaseLine, Later, Part
from faceaudit.report.templating import make_environment, read_css
from faceaudit.store import Store

REPORT = "report.html"
"""What the report is called in its store."""


def write(store: Store, path: Path | None = None) -> Path | str:
    """Write a store's report: one HTML file that needs nothing else, for its user alone.

    Args:
        store: read, never changed but for the report itself.
        path: the file; `report.html` in the store when None.

    Returns:
        The file written, or its URL in a store that is no folder of this machine.

    Raises:
        InputError: the path is a folder.
        StoreError: nothing was ever run into the store, it holds cases of another version, or it
            cannot be written.
    """
    if path is None:
        if not store.local:
            return store.write_page(REPORT, render(store))
        path = Path(store.root) / REPORT
    if path.is_dir():
        raise InputError(f"expected a file for the report, got the folder {str(path)!r}")
    text = render(store)
    make_private(path.parent)
    write_atomically(path, text)
    return path


def render(store: Store) -> str:
    """Return a store's report as one HTML page; the same store gives the same page.

    Raises:
        StoreError: nothing was ever run into the store, or it holds cases of another version.
    """
    run = account_of(store)
    return tolerant(store, lambda planned: _page(store, run, planned))


def _page(store: Store, run: Mapping[str, Any], planned: Planned) -> str:
    records = kept_cases(planned, store)
    cases = by_kind(records, store, run)
    sections = _arrange_sections(cases)
    lines = {case: line for section in sections for case, line in section.lines.items()}
    unmeasured = incomplete(
        len(planned.ids), planned.failed, len(planned.missing), len(planned.damaged)
    )
    headlines = [section.part.headline for section in sections]
    environment = make_environment(
        [
            "faceaudit.report",
            "faceaudit.report.first_screen",
            *(section.package for section in sections),
        ]
    )
    return environment.get_template("report.html.j2").render(
        kinds=_name_kinds([section.title for section in sections]),
        first=first_screen(run, cases),
        warning=" ".join(filter(None, (*(each.warning for each in headlines), unmeasured))),
        said_first=run.get("said_first", []),
        warning_anchor="cases" if unmeasured else _first_anchor(headlines),
        sections=sections,
        subheading="h4" if len(sections) > 1 else "h3",
        run=provenance(run, planned, lines, [section.part.audited for section in sections]),
        css=read_css(environment, ("report.css", "first_screen.css")),
    )


@dataclass(frozen=True, eq=False)
class _KindSection:
    """The section of one kind, filled with a store's cases.

    Attributes:
        name, title: the kind's, registered and in words.
        package: the package that holds the section's templates.
        navigation: see `Section`.
        part: everything that the page shows of its cases.
        lines: each of its cases in a few words, by id.
    """

    name: str
    title: str
    package: str
    navigation: Sequence[tuple[str, str]]
    part: Part
    lines: Mapping[str, CaseLine]

    @property
    def view(self) -> object:
        """The values that its templates show."""
        view = self.part.view
        return view.made if isinstance(view, Later) else view


def _arrange_sections(cases: Sequence[KindCases]) -> list[_KindSection]:
    """Return the sections of all kinds that the store has cases of."""
    return [
        _KindSection(
            name=one.kind.name,
            title=one.kind.title,
            package=one.kind.report.rpartition(".")[0],
            navigation=one.section.navigation,
            part=one.part,
            lines={record.id: one.section.line(record) for record in one.records},
        )
        for one in cases
    ]


def _name_kinds(titles: Sequence[str]) -> str:
    """Return the kinds of an audit in words: `Backdoor and membership audit`."""
    return f"{listed([title.lower() for title in titles])} audit".strip().capitalize()


def _first_anchor(headlines: Sequence[Headline]) -> str:
    """Return where the first warning is explained; the table of cases where none says it."""
    return next((each.anchor for each in headlines if each.warning and each.anchor), "cases")
