"""One HTML page from a store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from faceaudit.audit import kinds
from faceaudit.errors import InputError, StoreError
from faceaudit.files.atomic import write_atomically
from faceaudit.report.elements import Headline, incomplete
from faceaudit.report.numbers import DASH, SPACE, listed
from faceaudit.report.provenance import provenance
from faceaudit.report.section import CaseLine, Part, Section, section_of
from faceaudit.store import CaseRecord, Store

REPORT = "report.html"
"""What the report is called in its store."""


def write(store: Store, path: Path | None = None) -> Path | str:
    """Write a store's report: one HTML file that needs nothing else.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path


def render(store: Store) -> str:
    """Return a store's report as one HTML page; the same store gives the same page.

    Raises:
        StoreError: nothing was ever run into the store, or it holds cases of another version.
    """
    run = store.run()
    records = list({record.id: record for record in store.cases()}.values())
    sections = _arrange_sections(records, store, run)
    lines = {case: line for section in sections for case, line in section.lines.items()}
    failed = sum(record.error is not None for record in records)
    planned = len(set(run["cases"]))
    unmeasured = incomplete(planned, failed, planned - len(records))
    headlines = [section.part.headline for section in sections]
    if not headlines:
        headlines = [Headline("Nothing was measured", "The store holds no case.")]
    environment = _make_environment([section.package for section in sections])
    return environment.get_template("report.html.j2").render(
        kinds=_name_kinds([section.title for section in sections]),
        headline=headlines[0],
        further_headlines=headlines[1:],
        warning=" ".join(filter(None, (*(each.warning for each in headlines), unmeasured))),
        said_first=run.get("said_first", []),
        warning_anchor="cases" if unmeasured else _first_anchor(headlines),
        sections=sections,
        subheading="h4" if len(sections) > 1 else "h3",
        run=provenance(run, records, lines, [section.part.audited for section in sections]),
        css=Markup(_read_css(environment)),  # noqa: S704 - a file of this package
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
        return self.part.view


def _arrange_sections(
    records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]
) -> list[_KindSection]:
    """Return the sections of all kinds that the store has cases of, in the order of `KINDS`."""
    by_kind: dict[str, list[CaseRecord]] = {kind.name: [] for kind in kinds.KINDS}
    for record in records:
        by_kind[_kind_name(record)].append(record)
    sections = []
    for kind in kinds.KINDS:
        cases = by_kind[kind.name]
        if cases:
            section: Section = section_of(kind.report)
            sections.append(
                _KindSection(
                    name=kind.name,
                    title=kind.title,
                    package=kind.report.rpartition(".")[0],
                    navigation=section.navigation,
                    part=section.part(cases, store, run),
                    lines={record.id: section.line(record) for record in cases},
                )
            )
    return sections


def _kind_name(record: CaseRecord) -> str:
    """Return the name of the kind that a case is of, which this version knows."""
    if "kind" not in record.spec:
        raise StoreError(
            f"expected a case that names its kind of audit, got {record.id[:16]} of an older "
            "version; run the audit again"
        )
    return kinds.kind_of(record.spec["kind"]).name


def _make_environment(packages: Sequence[str]) -> Environment:
    """Return the templates of the report and of its sections, which are found in that order."""
    loaders: list[BaseLoader] = [PackageLoader("faceaudit.report")]
    loaders += [PackageLoader(package) for package in packages]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _keep_unbroken
    return environment


def _name_kinds(titles: Sequence[str]) -> str:
    """Return the kinds of an audit in words: `Backdoor and membership audit`."""
    return f"{listed([title.lower() for title in titles])} audit".strip().capitalize()


def _first_anchor(headlines: Sequence[Headline]) -> str:
    """Return where the first warning is explained; the table of cases where none says it."""
    return next((each.anchor for each in headlines if each.warning and each.anchor), "cases")


def _keep_unbroken(text: str) -> Markup:
    """Escape a sentence and keep its intervals from being broken over two lines."""
    ranges = rf"([\d.]+{DASH}[\d.]+(?:{SPACE}%)?)"
    kept = re.sub(ranges, r'<span class="unbroken">\1</span>', str(escape(text)))
    return Markup(kept)  # noqa: S704 - escaped just above


def _read_css(environment: Environment) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, "report.css")[0]
