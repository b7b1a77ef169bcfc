"""How tests look at the app: as a real process, in a real browser."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from faceaudit.app import work
from faceaudit.app.settings import Settings
from helpers.warm import FACEAUDIT, Forked, warm

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
ADDRESS = re.compile(r"https?://\S+")
WIDE, NARROW = 1280, 390

# What Streamlit itself gets wrong, by rule and selector. Each is Streamlit's own element, which an
# app can neither name nor change; a rule that is not here fails the test.
EXCEPTIONS: dict[str, tuple[str, str]] = {}


Process: TypeAlias = subprocess.Popen[bytes] | Forked


@dataclass
class Served:
    """A running app.

    Attributes:
        address: such as "http://127.0.0.1:40001".
        folder: its own.
        process: that serves it.
        said: lines it printed so far, on both streams.
    """

    address: str
    folder: Path
    process: Process
    said: list[str] = field(default_factory=list)


@contextlib.contextmanager
def served(
    folder: Path, *options: str, seconds: float = 60.0, program: Path | None = None
) -> Iterator[Served]:
    """Serve the app as `faceaudit app` does, on any free port; at the end it is stopped.

    What the app prepares in processes of its own is stopped with it.

    Args:
        folder: the app's own.
        options: of the command.
        seconds: how long to wait for its address.
        program: a file to run instead of `faceaudit`.
    """
    words = ("app", "--port", "0", "--folder", str(folder), *options)
    reading, writing = os.pipe()
    process: Process
    if program is None:
        process = warm().begin(FACEAUDIT, *words, stdout=writing, stderr=writing)
    else:
        process = subprocess.Popen(
            [sys.executable, program, *words],
            stdout=writing,
            stderr=writing,
            stdin=subprocess.DEVNULL,
        )
    os.close(writing)
    said: list[str] = []
    there = threading.Event()

    def read() -> None:
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                said.append(line.rstrip("\n"))
                if "until Ctrl-C" in line:
                    there.set()
        there.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert there.wait(seconds), said
        assert process.poll() is None or said, "it ended at once"
        found = [ADDRESS.search(line) for line in said if "until Ctrl-C" in line]
        assert found, said
        assert found[0] is not None
        yield Served(found[0].group(), folder, process, said)
    finally:
        end(process)
        stop_work(folder)
        reader.join(5)


def end(process: Process) -> int:
    """End a process as Ctrl-C does, or by force; return its status."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert process.returncode is not None
    return process.returncode


def stop_work(folder: Path) -> None:
    """Stop whatever the app started in processes of their own."""
    settings = Settings(folder=folder)
    if not (folder / "work").is_dir():
        return
    for heartbeat in (folder / "work").glob("*/heartbeat.json"):
        work.stop(settings, heartbeat.parent.name)


@dataclass
class Visitor:
    """Opens pages in a browser, and remembers what was complained of and asked of whom."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    """Parts of complaints that a test expects."""

    def __call__(
        self,
        url: str,
        *,
        width: int = WIDE,
        scheme: str = "light",
        language: str = "en",
        wait: bool = True,
        **options: object,
    ) -> Page:
        """Open a page of the app in a context of its own, and wait until it is there."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800 if width > 600 else 844},
            color_scheme=scheme,
            locale={"en": "en-GB", "de": "de-DE"}.get(language, language),
            reduced_motion="reduce",
            **options,
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)
        if wait:
            idle(page)
        return page

    def _note(self, message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            self.complaints.append(getattr(message, "text", ""))

    def elsewhere(self) -> set[str]:
        """Return the hosts asked for that are not this machine."""
        hosts = {urlsplit(url).hostname or "" for url in self.requests if not _from_memory(url)}
        return hosts - {"127.0.0.1", "localhost"}

    def close(self) -> None:
        """Close every page, and see that nothing was complained of or loaded from elsewhere."""
        for context in self.contexts:
            context.close()
        left = [one for one in self.complaints if not any(part in one for part in self.forgiven)]
        assert not left
        assert not self.elsewhere()


def _from_memory(url: str) -> bool:
    return url.startswith(("data:", "blob:"))


def idle(page: Page, seconds: float = 60.0) -> None:
    """Wait until the app's script has run and the page shows what it made."""
    page.locator(".lead").wait_for(timeout=seconds * 1000)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=seconds * 1000)
    # What is about to be replaced is shown pale.
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=seconds * 1000)


def serious(page: Page, except_for: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """Return the rules of axe that a page breaks with serious or critical impact, and where.

    Args:
        page: to look at.
        except_for: "RULE SELECTOR" each, with the reason in a comment where it is given; those of
            `EXCEPTIONS` are left out anyway.
    """
    known = {(rule, part) for rule, part in EXCEPTIONS.values()}
    known |= {(rule, part) for one in except_for for rule, _, part in [one.partition(" ")]}
    return [
        (rule["id"], target, node["html"][:200])
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
        if (target := " ".join(str(part) for part in node["target"])) is not None
        and not any(rule["id"] == name and part in target for name, part in known)
    ]


def sticks_out(page: Page) -> bool:
    """Return whether a page is wider than the window."""
    wide: bool = page.evaluate(
        """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
          .some(one => one && one.scrollWidth > innerWidth + 1)"""
    )
    return wide
