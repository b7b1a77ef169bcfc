"""An audit in a real browser: started, killed while nobody looks, gone on with, and read."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

import faceaudit
from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from faceaudit.app import keeper
from report.backdoor.samples import case, write_store

LONG = 120_000
"""Milliseconds in which a run must have got on; others may use this machine, too."""
CASES = 6
"""Of the tiny plan: without poison and with it, by seed."""
TINY = {
    "title": "Tiny audit",
    "seeds": [0, 1, 2],
    "faces": {"source": "synthetic", "people": 6, "photos": 24, "sessions": 3},
    "backdoor": {
        "split": {"train": 10, "validation": 2, "test": 4},
        "systems": [{"network": "deepid", "training": {"epochs": 1, "batch": 16, "threads": 1}}],
        "attacks": [{"attack": "accessory", "samples": 4, "instances": 8}],
    },
}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app that was given a store to show."""
    folder = tmp_path_factory.mktemp("read")
    store = write_store(folder / "given", [case(), case(seed=1)])
    with served(folder / "app", "--store", str(store.root)) as running:
        yield running


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_an_audit_is_read(read: Served, visit: Visitor, width: int, scheme: str) -> None:
    page = visit(f"{read.address}/audits", width=width, scheme=scheme)
    page.get_by_role("button", name="Read", exact=True).click()
    values = faceaudit.report_values(read.folder.parent / "given")
    expect(page.get_by_role("heading", name=values.verdict).first).to_be_visible(timeout=LONG)
    idle(page)
    assert "audit=store.1" in page.url
    assert serious(page) == []
    assert not sticks_out(page)
    page.get_by_role("tab", name="Charts and tables").click()
    expect(page.locator("figure svg[role=img]").first).to_be_visible(timeout=LONG)
    assert serious(page) == []
    assert not sticks_out(page)
    page.get_by_role("tab", name="Take along").click()
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("button", name="Report (HTML)").click()
    assert "<!doctype html" in Path(download.value.path()).read_text().lower()


def test_a_reload_shows_the_same_audit(read: Served, visit: Visitor) -> None:
    page = visit(f"{read.address}/audits?audit=store.1")
    title = page.get_by_role("heading", level=2).first
    before = title.inner_text()
    page.reload()
    idle(page)
    assert title.inner_text() == before


@pytest.mark.slow
def test_an_audit_survives_its_browser_and_is_gone_on_with_after_a_kill(
    tmp_path: Path, visit: Visitor
) -> None:
    with served(tmp_path / "app") as app:
        _start(visit(f"{app.address}/audits"), tmp_path)
        (key,) = [plan.stem for plan in (app.folder / "audits").glob("*.yaml")]
        store = app.folder / "audits" / key
        _leave(visit)
        first = _wait(lambda: _complete(store))
        numbers = json.loads((app.folder / "work" / f"audit-{key}" / keeper.PROCESS).read_text())
        os.kill(numbers["process"], signal.SIGKILL)
        _wait(lambda: not _processes(app.folder))
        kept = {one: one.stat().st_mtime_ns for one in _complete(store) or first}
        assert len(kept) < CASES

        page = visit(f"{app.address}/audits?audit={key}", width=NARROW, scheme="dark")
        expect(page.get_by_text("ended before it was done").first).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("progressbar")).to_be_visible(timeout=LONG)
        assert serious(page) == []
        assert not sticks_out(page)
        expect(page.get_by_role("tab", name="Verdicts")).to_be_visible(timeout=LONG)
        expect(page.locator(".outcome").first).to_be_visible(timeout=LONG)
        assert kept.items() <= {one: one.stat().st_mtime_ns for one in _complete(store)}.items()
        assert len(faceaudit.report_values(store).cases) == CASES
        _wait(lambda: not _processes(app.folder))
        _leave(visit)
    assert not _processes(tmp_path)


@pytest.mark.slow
def test_an_audit_that_is_stopped_leaves_no_process(tmp_path: Path, visit: Visitor) -> None:
    with served(tmp_path / "app") as app:
        page = visit(f"{app.address}/audits", width=NARROW, scheme="dark")
        _start(page, tmp_path, look=lambda: _look(page))
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("What was done is kept")).to_be_visible(timeout=LONG)
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        _wait(lambda: not _processes(app.folder))
        _leave(visit)


def _look(page: Page) -> None:
    assert serious(page) == []
    assert not sticks_out(page)


def _start(page: Page, folder: Path, look: Callable[[], None] = lambda: None) -> None:
    """Start an audit of a plan that is brought, in its four steps; look at each."""
    plan = folder / "tiny.yaml"
    plan.write_text(yaml.safe_dump(TINY))
    page.get_by_role("radio", name="New audit").click()
    page.get_by_text("A plan that you have").click()
    page.locator("input[type=file]").set_input_files(plan)
    expect(page.get_by_text("tiny.yaml")).to_be_visible()
    idle(page)
    look()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("checkbox")).to_be_checked()
    look()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Systems to train")).to_be_visible(timeout=LONG)
    look()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Start the audit")).to_be_visible()
    look()
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=LONG)


def _leave(visit: Visitor) -> None:
    """Close the browser's pages: nobody looks any more."""
    while visit.contexts:
        visit.contexts.pop().close()


def _complete(store: Path) -> list[Path]:
    return sorted((store / "cases").glob("*/complete"))


def _processes(folder: Path) -> list[str]:
    """Return the command lines of processes that work in a folder, but for the app's own."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if str(folder) in command and " app --port " not in command:
            found.append(command)
    return found


def _wait(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("expected it to come true, got the end of the time for it")
