"""Stores that are damaged, or were made to deceive: one line, and the other audits as they are."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.apptests import HOSTILE, complaints, html, is_literal
from faceaudit.app import own_audits, texts
from faceaudit.app.audits import found
from faceaudit.app.settings import VARIABLE, Settings
from report.backdoor.samples import account, case, write_store


def shown(given: Settings, monkeypatch: pytest.MonkeyPatch, **state: Any) -> AppTest:
    monkeypatch.setenv(VARIABLE, given.model_dump_json())

    def script() -> None:
        from faceaudit.app.pages.audits import show  # noqa: PLC0415 - a script of its own

        show()

    page = AppTest.from_function(script, default_timeout=60)
    if "audit" in state:
        page.query_params["audit"] = state.pop("audit")
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    return page


RUNS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda run: run.write_bytes(b""),
    "bytes": lambda run: run.write_bytes(b"\xff\xfe\x00" * 99),
    "half": lambda run: run.write_bytes(run.read_bytes()[:99]),
    "a list": lambda run: run.write_text("[]"),
    "deep": lambda run: run.write_text("[" * 99_999),
    "a folder": lambda run: (run.unlink(), run.mkdir()),
    "gone": lambda run: run.unlink(),
}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "a plan that is text": {"plan": "x"},
    "a title that is a list": {"plan": {"title": ["x"]}},
    "cases that are a number": {"cases": 5},
    "cases that are objects": {"cases": [{}, None]},
    "a time that is none": {"started": {"a": 1}},
    "the end of time": {"started": "9999-12-31T23:59:59+00:00"},
    "what to show that is text": {"plan": {"show": "x"}},
}


@pytest.mark.parametrize("damage", RUNS.values(), ids=RUNS)
def test_a_damaged_account_of_a_run_is_a_line(damage, tmp_path, monkeypatch):
    bad = write_store(tmp_path / "bad", [case()])
    good = write_store(tmp_path / "good", [case()])
    damage(tmp_path / "bad" / "run.json")
    given = Settings(folder=tmp_path / "app", stores=(str(bad.root), str(good.root)))
    listed = shown(given, monkeypatch)
    assert sum(one.label == "Read" for one in listed.button) == 2
    opened = shown(given, monkeypatch, audit="store.1")
    assert texts.words("en", "audits")["nothing_in"].split("{")[0] in html(opened)
    shown(given, monkeypatch, **{"audits view": "compare"})


@pytest.mark.parametrize("values", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_of_something_else_is_a_line(values, tmp_path, monkeypatch):
    store = write_store(tmp_path / "bad", [case()])
    store.write_run({**account([case().id]), **values})
    other = write_store(tmp_path / "good", [case(seed=1)])
    given = Settings(folder=tmp_path / "app", stores=(str(store.root), str(other.root)))
    shown(given, monkeypatch)
    label = texts.words("en", "audits")["tab_charts"]
    assert len(complaints(shown(given, monkeypatch, audit="store.1", tab=label))) <= 1


def test_a_damaged_case_is_a_case_that_is_not_there(tmp_path, monkeypatch):
    store = write_store(tmp_path / "bad", [case(), case(seed=1)])
    file = tmp_path / "bad" / "cases" / case().id / "figures.json"
    file.write_bytes(file.read_bytes()[:-9] + b"x" * 9)
    given = Settings(folder=tmp_path / "app", stores=(str(store.root),))
    for tab in ("figures", "charts", "cases"):
        label = texts.words("en", "audits")[f"tab_{tab}"]
        opened = shown(given, monkeypatch, audit="store.1", tab=label)
        assert len(complaints(opened)) <= 1
    assert texts.words("en", "audits")["case_damaged"] in html(opened)


def test_a_given_stores_own_report_is_not_believed(tmp_path, monkeypatch):
    page = (
        '<figure><figcaption>never measured</figcaption><svg class="chart" '
        'aria-labelledby="a-title"><text>never</text></svg><form action="/x"></form></figure>'
    )
    for folder in (tmp_path / "given", tmp_path / "app" / "audits" / "mine"):
        write_store(folder, [case()])
        (folder / "report.html").write_text(page)
    (tmp_path / "app" / "audits" / "mine.yaml").write_text("title: Mine\n")
    given = Settings(folder=tmp_path / "app", stores=(str(tmp_path / "given"),))
    tab = texts.words("en", "audits")["tab_charts"]
    assert "never" not in html(shown(given, monkeypatch, audit="store.1", tab=tab))
    assert "<svg" in html(shown(given, monkeypatch, audit="store.1", tab=tab))
    own = html(shown(given, monkeypatch, audit="mine", tab=tab))
    assert "never measured" in own  # a run of the app's own wrote it
    assert "<form" not in own


def test_hostile_text_of_a_store_is_shown_letter_by_letter(tmp_path, monkeypatch):
    bad = replace(case(), error=HOSTILE)
    store = write_store(tmp_path / "given", [bad, case(seed=1)])
    values = account([bad.id, case(seed=1).id])
    values["plan"]["title"] = HOSTILE
    store.write_run(values)
    other = write_store(tmp_path / "other", [case(seed=1)])
    folder = own_audits.folder_of(Settings(folder=tmp_path / "app"))
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(f"title: {HOSTILE!a}\n")
    given = Settings(folder=tmp_path / "app", stores=(str(store.root), str(other.root)))
    assert found.audits(given)[0].title
    looks = [shown(given, monkeypatch), shown(given, monkeypatch, audit="mine")]
    looks += [
        shown(given, monkeypatch, audit="store.1", tab=texts.words("en", "audits")[f"tab_{tab}"])
        for tab in ("verdicts", "figures", "charts", "cases")
    ]
    looks.append(shown(given, monkeypatch, **{"audits view": "compare"}))
    assert [page for page in looks if not is_literal(page)] == []
    assert "&lt;img src=x" in html(looks[0])
