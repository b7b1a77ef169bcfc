"""What is said of work while it is done: by whom it is watched does not matter."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from faceaudit.app import keeper, work
from faceaudit.app.parts.progress import in_words
from faceaudit.app.settings import VARIABLE, Settings

SLEEP = ["-c", "import time; print('begun', flush=True); time.sleep(60)"]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    given = Settings(folder=tmp_path / "app")
    monkeypatch.setenv(VARIABLE, given.model_dump_json())
    yield given
    for file in (given.root / "work").glob(f"*/{keeper.PROCESS}"):
        numbers = json.loads(file.read_text())
        for number in (numbers["keeper"], numbers["process"]):
            keeper.send(number, 9)


def watched() -> AppTest:
    def script() -> None:
        from faceaudit.app.parts.progress import show_work  # noqa: PLC0415 - a script of its own
        from faceaudit.app.settings import settings  # noqa: PLC0415

        show_work(settings(), "one", "A <thing>", stoppable=True)

    return AppTest.from_function(script, default_timeout=30)


def html_of(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def wait_for(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_was_never_started_shows_nothing(settings):
    app = watched().run()
    assert not html_of(app)
    assert not app.button


def test_how_far_it_is_is_said_in_words_and_as_a_bar(settings):
    work.start(settings, "one", SLEEP)
    html = html_of(watched().run())
    assert "A &lt;thing&gt;" in html
    assert 'role="status" aria-live="polite"' in html
    assert "<progress aria-label" in html
    assert " value=" not in html.partition("<progress")[2]  # unknown is not zero
    task = {"doing": "cases", "done": 1, "total": 4, "seconds_left": 150}
    beat = {"state": "running", "tasks": [task]}
    work.heartbeat_of(settings, "one").write_text(json.dumps(beat))
    html = html_of(watched().run())
    for part in ("cases", 'value="0.2500"', "25 % done", "About 2 min left"):
        assert part in html


def test_it_is_stopped_by_its_button_and_its_last_lines_are_shown(settings):
    work.start(settings, "one", SLEEP)
    wait_for(lambda: work.look(settings, "one").log == "begun")
    app = watched().run()
    app.button[0].click().run()
    wait_for(lambda: work.look(settings, "one").state == "stopped")
    app = watched().run()
    assert "What was done is kept" in html_of(app)
    assert "begun" in app.code[0].value
    assert not app.button


def test_time_left_is_rounded_as_far_as_it_is_known():
    assert "not known" in in_words(None)
    assert "Less than a minute" in in_words(59)
    assert "2 min" in in_words(110)
    assert "2.5 hours" in in_words(9000)
