"""One HTML page from a store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from faceaudit.errors import InputError
from faceaudit.files.atomic import write_atomically
from faceaudit.report.elements import Headline, incomplete
from faceaudit.report.first_screen import KindCases, by_kind, first_screen
from faceaudit.report.numbers import DASH, SPACE, listed
from faceaudit.report.provenance import provenance
from faceaudit.report.section import CaseLine, Part
from faceaudit.store import Store

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
    cases = by_kind(records, store, run)
    sections = _arrange_sections(cases)
    lines = {case: line for section in sections for case, line in section.lines.items()}
    failed = sum(record.error is not None for record in records)
    planned = len(set(run["cases"]))
    unmeasured = incomplete(planned, failed, planned - len(records))
    headlines = [section.part.headline for section in sections]
    environment = _make_environment(
        ["faceaudit.report.first_screen", *(section.package for section in sections)]
    )
    return environment.get_template("report.html.j2").render(
        kinds=_name_kinds([section.title for section in sections]),
        first=first_screen(run, cases),
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


@dataclass(frozen=True)
class Place:
    """A chart or a table of the page: its id, and what it shows."""

    id: str
    title: str


def list_places(page: str) -> list[Place]:
    """Return the charts and tables of a page, or of a part of it, in their order.

    >>> list_places('<table id="a"><caption>All</caption></table>')
    [Place(id='a', title='All')]
    """
    found = re.finditer(
        r'<(?:figure|table)\b[^>]*? id="([^"]+)".*?<(figcaption|caption)\b[^>]*>(.*?)</\2>',
        page,
        flags=re.S,
    )
    return [Place(one[1], Markup(one[3]).striptags()) for one in found]  # noqa: S704 - our page


def _quote_in_css(text: str) -> Markup:
    """Return a text as a string of CSS, of which no character can end it."""
    escaped = "".join(one if one.isalnum() else f"\\{ord(one):x} " for one in text)
    return Markup(f'"{escaped}"')  # noqa: S704 - letters, digits and escapes of CSS alone


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
    environment.filters["code"] = _mark_code
    environment.filters["places"] = list_places
    environment.filters["in_css"] = _quote_in_css
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


def _mark_code(text: str) -> Markup:
    """Escape a text; what stands in backticks, as in Markdown, is code."""
    kept = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(kept)  # noqa: S704 - escaped just above


def _read_css(environment: Environment) -> str:
    assert environment.loader is not None
    files = ("report.css", "first_screen.css")
    return "".join(environment.loader.get_source(environment, name)[0] for name in files)
