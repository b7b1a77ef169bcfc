"""`faceaudit app` as a process: what it says, whom it lets in, how it ends."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from typer.testing import CliRunner

from app.browsing import (
    NARROW,
    WIDE,
    Served,
    Visitor,
    end,
    idle,
    serious,
    served,
    sticks_out,
)
from faceaudit import cli
from faceaudit.app import texts
from faceaudit.app.settings import Settings
from helpers.warm import FACEAUDIT, warm

WORDS = "correct horse battery"


def faceaudit(*options: str) -> subprocess.CompletedProcess[str]:
    return warm().run(FACEAUDIT, "app", *options, timeout=60)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{WORDS}\n", encoding="utf-8")
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return file


def test_one_line_is_printed_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        assert app.said == [f"faceaudit app, at {app.address} until Ctrl-C"]
        assert httpx.get(app.address, headers={"Accept": "text/html"}).status_code == 200
        assert end(app.process) == 0
        assert len(app.said) == 1


def test_ctrl_c_ends_it_while_somebody_looks(tmp_path: Path, visit: Visitor) -> None:
    with served(tmp_path) as app:
        visit.forgiven += [
            "WebSocket",
            "Failed to load",
            "disconnected",
            "not responding",
            "No resp",
        ]
        visit(f"{app.address}/about")
        started = time.monotonic()
        assert end(app.process) == 0
        assert time.monotonic() - started < 10
        assert len(app.said) == 1


def test_without_streamlit_it_says_what_to_do() -> None:
    """In a process that begins with it: one that is forked has Streamlit already."""
    code = f"import sys; sys.modules['streamlit'] = None; {FACEAUDIT}"
    command = [sys.executable, "-c", code, "app"]
    ended = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "pip install 'faceaudit[app]'" in ended.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = faceaudit("--folder", str(tmp_path), "--port", port)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: expected a host and port to listen on")


def test_others_do_not_get_in_without_a_password(tmp_path: Path) -> None:
    ended = faceaudit("--folder", str(tmp_path), "--port", "0", "--host", "0.0.0.0")
    assert ended.returncode == 2
    assert "expected a password" in ended.stderr
    assert "--password-file" in ended.stderr


def test_a_proxy_lets_others_in_as_well(tmp_path: Path) -> None:
    options = ("--folder", str(tmp_path), "--port", "0", "--allow-host")
    ended = faceaudit(*options, "faces.example.org")
    assert ended.returncode == 2
    assert "whoever reaches faces.example.org" in ended.stderr
    assert "expected a password" in ended.stderr


def test_a_store_may_be_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Settings] = []
    monkeypatch.setattr("faceaudit.app.launch.launch", lambda settings, **_: given.append(settings))
    stores = ("--store", "memory://audits/one", "--store", "two")
    ended = CliRunner().invoke(cli.app, ["app", "--folder", str(tmp_path), *stores])
    assert ended.exit_code == 0
    assert given[0].stores == ("memory://audits/one", "two")


def test_half_a_certificate_is_none(tmp_path: Path) -> None:
    ended = faceaudit("--folder", str(tmp_path), "--tls-cert", "cert.pem")
    assert ended.returncode == 2
    assert "--tls-key" in ended.stderr
    files = ("--tls-cert", __file__, "--tls-key", __file__)
    ended = faceaudit("--folder", str(tmp_path), "--port", "0", *files)
    assert ended.returncode == 2
    assert "expected files of a certificate and its key" in ended.stderr


def test_another_name_is_refused(app: Served) -> None:
    for name, status in (("evil.org", 421), ("localhost", 200)):
        answer = httpx.get(app.address, headers={"Host": name, "Accept": "text/html"})
        assert answer.status_code == status
        assert "content-security-policy" in answer.headers


def test_the_server_tells_nothing_of_itself(app: Served) -> None:
    answer = httpx.get(app.address)
    assert "server" not in answer.headers
    assert httpx.get(f"{app.address}/_stcore/metrics").status_code == 404
    assert httpx.get(f"{app.address}/_stcore/agent/openapi.json").status_code == 404


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_others_sign_in_and_out(
    tmp_path: Path, password_file: Path, visit: Visitor, width: int, scheme: str
) -> None:
    options = ("--host", "0.0.0.0", "--password-file", str(password_file))
    visit.forgiven += ["401", "WebSocket", "sandboxed"]
    with served(tmp_path / "folder", *options) as app:
        assert any("whoever reaches 0.0.0.0" in line for line in app.said)
        assert any("nothing is encrypted" in line for line in app.said)
        page = visit(f"{app.address}/about", width=width, scheme=scheme, wait=False)
        expect(page).to_have_url(f"{app.address}/sign-in?to=/about")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert not sticks_out(page)
        assert serious(page) == []
        assert page.evaluate("document.activeElement.id") == "password"
        page.keyboard.type("wrong password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        assert serious(page) == []
        page.get_by_label("Password").fill(WORDS)
        page.get_by_role("button", name="Sign in").click()
        idle(page)
        expect(page).to_have_url(f"{app.address}/about")
        if width == NARROW:
            page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.goto(app.address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_form_works_without_scripts(
    tmp_path: Path, password_file: Path, chromium: Browser
) -> None:
    with served(tmp_path / "folder", "--password-file", str(password_file)) as app:
        context = chromium.new_context(java_script_enabled=False, locale="de-DE")
        page = context.new_page()
        page.goto(app.address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
        page.get_by_label("Passwort").fill(WORDS)
        page.get_by_role("button", name="Anmelden").click()
        expect(page).to_have_url(f"{app.address}/")
        assert texts.words("de", "app")["no_script"] in page.locator("body").inner_text()
        context.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_connections_are_encrypted_by_a_certificate_that_is_given(
    tmp_path: Path, password_file: Path, visit: Visitor
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    made = ["openssl", *request, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    files = ("--tls-cert", str(certificate), "--tls-key", str(key))
    options = ("--password-file", str(password_file), *files)
    with served(tmp_path / "folder", *options) as app:
        assert app.address.startswith("https://127.0.0.1:")
        address = f"{app.address}/about"
        page = visit(address, wait=False, ignore_https_errors=True)
        page.get_by_label("Password").fill(WORDS)
        page.get_by_role("button", name="Sign in").click()
        idle(page)
        kept = {one["name"]: one for one in page.context.cookies()}
        session = next(one for name, one in kept.items() if "faceaudit-session" in name)
        assert session["name"].startswith("__Host-")
        assert session["secure"]
        assert session["httpOnly"]
        assert session["sameSite"] == "Strict"
        page.context.close()


def test_it_is_there_within_five_seconds(tmp_path: Path, visit: Visitor) -> None:
    """On two cores that are idle; where more wants to run than there are, so much longer."""
    # The load is that of the last minute; other workers may have begun just now.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    crowd = max(workers, os.getloadavg()[0] / (os.cpu_count() or 1))
    started = time.monotonic()
    with served(tmp_path) as app:
        page = visit(app.address)
        took = time.monotonic() - started
        page.context.close()
    assert took < 5.0 * crowd
