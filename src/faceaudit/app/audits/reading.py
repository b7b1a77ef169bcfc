"""One audit: its run, what it found, and files to take along."""

from __future__ import annotations

import importlib.util
import io
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import faceaudit
from faceaudit.app.audits.figures import show_figures
from faceaudit.app.audits.found import Audit
from faceaudit.app.audits.parts import charts_html, pictures_html, stands_out, table_html
from faceaudit.app.audits.removing import show_removal
from faceaudit.app.audits.verdicts import cases_html, verdicts_html
from faceaudit.app.damage import said
from faceaudit.app.language import say
from faceaudit.app.outside import shown
from faceaudit.app.own_audits import go_on, work_of
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.progress import show_log, show_work
from faceaudit.app.settings import Settings

if TYPE_CHECKING:
    from faceaudit.api.report_parts import ReportParts
    from faceaudit.report.summary.models import ReportValues

KEPT = 6
"""Audits of which what was read stays in memory."""
SOME_FAILED = 1
"""Exit status of a run in which cases failed; the others are measured."""
TABS = ("verdicts", "figures", "charts", "pictures", "standing_out", "cases", "take")


def show_audit(settings: Settings, audit: Audit) -> bool:
    """Show an audit: how far its run is, and then what it found; return whether it was removed."""
    st.html(
        f'<div class="audits"><h2>{shown(audit.title)}</h2>'
        f'<p class="setting">{shown(describe(audit))}</p></div>'
    )
    running = False
    with said():
        running = _show_run(settings, audit)
        if audit.readable and not running:
            _show_found(audit)
    return not running and show_removal(settings, audit)


def describe(audit: Audit) -> str:
    """Return when an audit was run, of how many cases, and how far it is."""
    parts = []
    if audit.when is not None:
        when = audit.when.astimezone()
        parts.append(say("audits.when", when=when.strftime("%Y-%m-%d %H:%M")))
        parts.append(say("audits.n_cases", n=audit.cases))
    if audit.work.status == SOME_FAILED and audit.readable:
        parts.append(say("audits.state_some_failed"))
    elif audit.work.state != "absent":
        parts.append(say(f"audits.state_{audit.work.state}"))
    elif audit.when is None:
        parts.append(say("audits.state_empty"))
    return " · ".join(parts)


def _show_run(settings: Settings, audit: Audit) -> bool:
    """Show the run of one of the app's own audits; return whether it is at work."""
    if audit.plan is None:
        if not audit.readable:
            st.html(f'<p role="status">{shown(say("audits.nothing_in", store=audit.store))}</p>')
        return False
    failed = _failed_cases(audit)
    if failed:
        st.html(f'<p role="status">{shown(say("audits.some_failed", n=failed))}</p>')
        show_log(audit.work)
        now = audit.work
    else:
        now = show_work(settings, work_of(audit.key), say("audits.run"), stoppable=True)
    if now.state == "running":
        st.html(f'<p class="quiet">{shown(say("audits.while_running"))}</p>')
        return True
    if now.state in ("failed", "stopped", "absent"):
        st.write(say("audits.go_on_why"))
        if st.button(say("audits.go_on"), key="go on", type="primary"):
            go_on(settings, audit.key)
            st.rerun()
    elif now.log:
        show_log(now)
    return False


def _failed_cases(audit: Audit) -> int:
    """Return how many cases failed in a run that came to its end all the same."""
    if audit.work.status != SOME_FAILED or not audit.readable:
        return 0
    cases = faceaudit.Store(audit.store).cases(figures_only=True)
    return sum(case.error is not None for case in cases)


def _show_found(audit: Audit) -> None:
    labels = [say(f"audits.tab_{name}") for name in TABS]
    stamp = stamp_of(audit.store)
    for name, tab in zip(TABS, st.tabs(labels, on_change="rerun", key="tab"), strict=True):
        if tab.open:
            with tab, said(), st.spinner(say("audits.reading")):
                _SHOWN[name](audit, stamp)


def stamp_of(*stores: str) -> str:
    """Return what changes whenever there is more to read in stores."""
    kept = [faceaudit.Store(store) for store in stores]
    runs = [store.run() for store in kept]
    return " ".join(
        f"{run.get('started')} {run.get('seconds')} {len(store.case_ids())}"
        for store, run in zip(kept, runs, strict=True)
    )


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def values_of(store: str, stamp: str) -> ReportValues:
    """Return all values of a store's report."""
    del stamp
    return faceaudit.report_values(store)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def parts_of(store: str, stamp: str, *, own: bool) -> ReportParts:
    """Return charts, tables and pictures of a store's report, without faces of real people.

    Args:
        store: the audit's.
        stamp: changes whenever there is more to read in it.
        own: whether the app's own run wrote it: the report of another may say what was never
            measured, so that it is made anew.
    """
    del stamp
    return faceaudit.report_parts((_written_report(store) if own else None) or store)


def _parts(audit: Audit, stamp: str) -> ReportParts:
    return parts_of(audit.store, stamp, own=audit.plan is not None)


def _written_report(store: str) -> Path | None:
    """Return the report that a run wrote, where it is as new as its store and names nobody."""
    kept = faceaudit.Store(store)
    if not kept.local:
        return None
    page, run = (Path(kept.root) / name for name in ("report.html", "run.json"))
    show = (kept.run().get("plan") or {}).get("show") or {}
    if any(show.values()) or not page.is_file():
        return None
    return page if page.stat().st_mtime >= run.stat().st_mtime else None


def _show_verdicts(audit: Audit, stamp: str) -> None:
    st.html(verdicts_html(values_of(audit.store, stamp)))


def _show_charts(audit: Audit, stamp: str) -> None:
    parts = _parts(audit, stamp)
    if parts.charts:
        show_drawn(charts_html(parts.charts))
    for table in parts.tables:
        if not stands_out(table) and table.id != "all-cases":
            st.html(table_html(table))


def _show_pictures(audit: Audit, stamp: str) -> None:
    pictures = _parts(audit, stamp).pictures
    if pictures:
        st.html(pictures_html(pictures))
    st.html(f'<p class="quiet">{shown(say("audits.pictures_kept"))}</p>')


def _show_standing_out(audit: Audit, stamp: str) -> None:
    tables = [table for table in _parts(audit, stamp).tables if stands_out(table)]
    st.write(say("audits.standing_out_why" if tables else "audits.standing_out_none"))
    for table in tables:
        st.html(table_html(table))


def _show_cases(audit: Audit, stamp: str) -> None:
    st.html(cases_html(values_of(audit.store, stamp).cases))


def _show_take(audit: Audit, stamp: str) -> None:
    del stamp
    st.write(say("audits.take_why"))
    for name, kind in (
        ("report.html", "text/html"),
        ("report.md", "text/markdown"),
        ("report.json", "application/json"),
        ("results.csv", "text/csv"),
        ("figures.zip", "application/zip"),
    ):
        st.download_button(
            say(f"audits.take_{name.replace('.', '_')}"),
            data=partial(file_of, audit.store, name),
            file_name=f"{audit.key}-{name}",
            mime=kind,
            key=f"take {name}",
            on_click="ignore",
        )


def file_of(store: str, name: str) -> bytes:
    """Return a file to take along: a report, its figures, or its charts and tables in one."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        if name == "results.csv":
            faceaudit.export_report(store, tables=out)
            return (out / name).read_bytes()
        if name == "figures.zip":
            drawn = importlib.util.find_spec("resvg_py") is not None
            faceaudit.export_report(
                store, tables=out / "tables", charts=out / "charts" if drawn else None
            )
            return _zipped(out)
        return Path(faceaudit.write_report(store, out / name)).read_bytes()


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()


def _show_figures(audit: Audit, stamp: str) -> None:
    del stamp
    show_figures(faceaudit.results(audit.store))


_SHOWN = {
    "verdicts": _show_verdicts,
    "figures": _show_figures,
    "charts": _show_charts,
    "pictures": _show_pictures,
    "standing_out": _show_standing_out,
    "cases": _show_cases,
    "take": _show_take,
}
