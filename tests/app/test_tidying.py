"""What the app leaves on the disk stays within limits, and own audits are removed when asked."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.apptests import html
from faceaudit.app import keeper, own_audits, own_keys, texts, tidying, work
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.errors import OptionError
from report.backdoor.samples import case, write_store

WORDS = texts.words("en", "audits")


@pytest.fixture
def settings(tmp_path):
    given = Settings(folder=tmp_path / "app")
    yield given
    for numbers in (given.root / "work").glob(f"*/{keeper.PROCESS}"):
        for number in json.loads(numbers.read_text()).values():
            if isinstance(number, int):
                keeper.send(number, signal.SIGKILL)


def key(settings: Settings, shade: int, hours: float = 0.0) -> Path:
    kept = own_keys.keep(settings, np.full((9, 9, 3), shade, dtype=np.uint8), "pattern")
    aged(Path(kept), hours)
    return Path(kept)


def aged(path: Path, hours: float) -> None:
    then = time.time() - 3600 * hours
    os.utime(path, (then, then))


def plan(settings: Settings, name: str, text: str = "title: Mine\n") -> Path:
    folder = own_audits.folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    return folder / name


def check(settings: Settings, number: int, hours: float = 0.0) -> Path:
    folder = settings.root / "work" / f"{tidying.CHECK}{number:012x}"
    folder.mkdir(parents=True)
    (folder / "plan.yaml").touch()
    aged(folder, hours)
    return folder


# keys of one's own


def test_keys_that_no_audit_uses_go_after_a_day(settings):
    old, used, fresh = (key(settings, shade) for shade in range(3))
    for file, hours in ((old, 25), (used, 25), (fresh, 23)):
        aged(file, hours)
    plan(settings, "mine", f"title: Mine\nkey: {used}\n")
    tidying.tidy(settings)
    assert [one.exists() for one in (old, used, fresh)] == [False, True, True]


def test_of_keys_that_no_audit_uses_there_are_few(settings):
    used = key(settings, 255, 9)
    plan(settings, "mine", f"key: {used}\n")
    kept = [key(settings, shade, 9 - shade / 10) for shade in range(own_keys.MOST + 5)]
    assert [one.exists() for one in kept] == [False] * 5 + [True] * own_keys.MOST
    assert used.exists()


def test_a_key_is_small_whatever_was_brought(settings):
    noise = np.random.default_rng(0).integers(0, 256, (2100, 2100, 3), dtype=np.uint8)
    kept = Path(own_keys.keep(settings, noise, "pattern"))
    assert kept.stat().st_size < own_keys.MEGABYTES * 1024 * 1024


def test_a_key_is_removed_unless_an_audit_uses_it(settings):
    one, used = key(settings, 1), key(settings, 2)
    store = plan(settings, "mine", f"key: {used}\n")
    assert own_keys.remove(settings, str(one))
    assert not own_keys.remove(settings, str(used))
    assert used.exists()
    assert own_audits.remove(settings, store.name)
    assert own_keys.remove(settings, str(used))
    outside = settings.root.parent / "other.png"
    outside.touch()
    own_keys.remove(settings, str(outside))
    assert outside.exists()


# plans that were timed and not started


def test_plans_that_were_timed_and_left_go(settings):
    left, fresh = check(settings, 1, 7), check(settings, 2, 5)
    other = settings.root / "work" / "preparing"
    other.mkdir()
    aged(other, 99)
    tidying.tidy(settings)
    assert [one.exists() for one in (left, fresh, other)] == [False, True, True]
    more = [check(settings, number, 4 - number / 100) for number in range(10, 40)]
    tidying.make_room(settings)
    assert sum(one.exists() for one in more) == tidying.MOST - 1
    assert more[-1].exists()


def test_what_is_being_timed_is_left_alone_and_bounded(settings):
    names = [f"{tidying.CHECK}{number}" for number in range(tidying.AT_ONCE)]
    for name in names:
        work.start(settings, name, ["-c", "import time; time.sleep(60)"])
        aged(work.folder_of(settings, name), 99)
    tidying.tidy(settings)
    assert all(work.look(settings, name).state == "running" for name in names)
    with pytest.raises(OptionError, match="try again in a minute"):
        tidying.make_room(settings)


# own audits


def test_what_cannot_be_tidied_is_tried_again(settings, monkeypatch):
    looks = []

    def tidy(_):
        looks.append(1)
        raise PermissionError

    async def look_for_a_while():
        task = asyncio.create_task(tidying.keep_tidy(settings))
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if len(looks) > 2 or task.done():
                break
        assert not task.done()
        task.cancel()

    monkeypatch.setattr(tidying, "tidy", tidy)
    monkeypatch.setattr(tidying, "EVERY", 0.01)
    asyncio.run(look_for_a_while())
    assert len(looks) > 2


def page(settings: Settings, monkeypatch: pytest.MonkeyPatch, shown: str) -> AppTest:
    monkeypatch.setenv(VARIABLE, settings.model_dump_json())

    def script() -> None:
        from faceaudit.app.pages.audits import show  # noqa: PLC0415 - a script of its own

        show()

    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["audit"] = shown
    return page.run()


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.button]


def test_an_audit_is_removed_when_it_was_asked_twice(settings, monkeypatch):
    store = plan(settings, "mine")
    write_store(store, [case()])
    (store.parent / "mine.cache" / "faces").mkdir(parents=True)
    write_store(plan(settings, "other"), [case()])
    shown = page(settings, monkeypatch, "mine")
    shown.button(key="remove").click().run()
    assert "gone for good" in html(shown)
    shown.button(key="remove not").click().run()
    assert "gone for good" not in html(shown)
    assert store.is_dir()
    shown.button(key="remove").click().run()
    shown.button(key="remove now").click().run()
    assert not shown.exception
    assert "audit" not in shown.query_params
    left = {one.name for one in own_audits.folder_of(settings).iterdir()}
    assert left == {"other", "other.yaml"}
    assert not work.folder_of(settings, own_audits.work_of("mine")).exists()


def test_an_audit_that_runs_is_not_removed(settings, monkeypatch):
    store = plan(settings, "mine")
    write_store(store, [case()])
    shown = page(settings, monkeypatch, "mine")
    shown.button(key="remove").click().run()
    # It is started elsewhere, between two looks of this page.
    work.start(settings, "audit-mine", ["-c", "import time; time.sleep(60)"])
    assert not own_audits.remove(settings, "mine")
    shown.run()
    assert WORDS["remove_now"] not in labels(shown)
    assert WORDS["remove"] not in labels(shown)
    assert store.is_dir()


def test_a_given_store_is_not_removed(tmp_path, monkeypatch):
    store = write_store(tmp_path / "given", [case()])
    given = Settings(folder=tmp_path / "app", stores=(str(store.root),))
    assert WORDS["remove"] not in labels(page(given, monkeypatch, "store.1"))


def test_of_a_link_the_link_alone_is_removed(settings, tmp_path):
    write_store(tmp_path / "elsewhere", [case()])
    plan(settings, "mine").symlink_to(tmp_path / "elsewhere")
    assert own_audits.remove(settings, "mine")
    assert (tmp_path / "elsewhere" / "run.json").is_file()
    assert not list(own_audits.folder_of(settings).iterdir())
