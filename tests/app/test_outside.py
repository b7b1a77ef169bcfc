"""Text from outside is shown letter by letter, on every page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.apptests import HOSTILE, complaints, html, is_literal
from faceaudit.app import work
from faceaudit.app.navigation import pages
from faceaudit.app.outside import LONGEST, literal, shown, with_commands
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.work import Work
from report.backdoor.samples import account, case, write_store


@pytest.mark.parametrize(
    ("name", "state"), [("verify", "running"), *((page.name, "failed") for page in pages())]
)
def test_no_page_reads_what_strangers_named(
    name: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All work says hostile things of itself, and so do an audit of the app's own and one given."""
    store = write_store(tmp_path / "given", [case()])
    run = account([case().id])
    run["plan"]["title"] = HOSTILE
    store.write_run(run)
    folder = tmp_path / "app" / "audits"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(f"title: {HOSTILE!a}\n")
    given = Settings(folder=tmp_path / "app", stores=(str(store.root),))
    monkeypatch.setenv(VARIABLE, given.model_dump_json())
    said = Work(state, doing=HOSTILE, log=HOSTILE)  # type: ignore[arg-type]
    monkeypatch.setattr(work, "look", lambda *_: said)
    monkeypatch.setattr(work, "start", lambda *_, **__: None)

    def script(name: str) -> None:
        from faceaudit.app.navigation import pages  # noqa: PLC0415 - a script of its own

        next(one for one in pages() if one.name == name).show()

    page = AppTest.from_function(script, default_timeout=60, args=(name,)).run()
    assert not page.exception
    assert is_literal(page)
    if name == "audits":
        assert html(page).count("&lt;img src=x") == 2


def test_a_message_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(text: str) -> None:
        from faceaudit.app.faults import show_fault  # noqa: PLC0415 - a script of its own
        from faceaudit.errors import FaceAuditError  # noqa: PLC0415

        show_fault(FaceAuditError(text))

    page = AppTest.from_function(script, args=(HOSTILE,)).run()
    assert is_literal(page)
    assert "[a](https://example.org) :red[b]" in complaints(page)[0]


def test_hostile_text_would_be_noticed() -> None:
    def script(text: str) -> None:
        import streamlit as st  # noqa: PLC0415 - a script of its own

        st.error(text)

    assert not is_literal(AppTest.from_function(script, args=(HOSTILE,)).run())


def test_letters_stay_and_nothing_else_is_read() -> None:
    assert shown("Å b\x00") == "Å b\\x00"
    assert len(shown("x" * 10**7)) <= LONGEST
    assert with_commands("try `a < b`") == "try <code>a &lt; b</code>"
    assert literal("plain words") == "plain words"
    assert literal("[a](b)") == "\\[a\\]\\(b\\)"
    assert "http://" not in literal("http://example.org")
