"""A scan in a process of its own: its model, its answers and its end."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import faceaudit
from app.scans import made_up, model
from faceaudit.app.parts.scan import apart
from faceaudit.app.parts.scan.apart import Asked, Scanning, begin, main
from faceaudit.app.parts.scan.cache import share, tidy
from faceaudit.app.parts.scan.kept import pack
from faceaudit.app.parts.scan.prepared import STEP, STRANGERS
from faceaudit.app.prepared import folder_of
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.errors import InputError

SECONDS = 120


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    settings = Settings(folder=tmp_path / "app")
    yield settings
    gc.collect()
    assert apart._free.acquire(blocking=False), "a scan that ended kept its place"
    apart._free.release()


def left(tmp_path: Path) -> list[Path]:
    return [file for file in (tmp_path / "temporary").rglob("*") if file.is_file()]


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def program(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have a scan's process run other code: it reads what is asked, and says what it likes."""
    popen = subprocess.Popen

    def started(command: list[str], **options: Any) -> Any:
        assert command[-1] == apart.MODULE
        return popen([sys.executable, "-c", "import sys; sys.stdin.readline()\n" + code], **options)

    monkeypatch.setattr(subprocess, "Popen", started)


def said(message: dict[str, Any]) -> str:
    return f"print({json.dumps(message)!r}, flush=True)\n"


def started(given: Settings, data: bytes | Path = b"weights") -> Scanning:
    scan = begin(given, Asked("file"), data, suffix=".safetensors", name="door")
    assert scan is not None
    return scan


def test_how_far_it_is_and_what_it_found_come_back(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = {"tasks": [{"doing": "asking", "done": 1, "total": 4, "seconds_left": 30}]}
    (tmp_path / "found.json").write_text(json.dumps({"found": pack(made_up())}))
    code = said({"beat": beat}) + "import time; time.sleep(1)\n"
    program(monkeypatch, f"{code}print(open({str(tmp_path / 'found.json')!r}).read())\n")
    scan = started(given)
    assert scan.running
    wait(lambda: scan.work.share == 0.25)
    assert scan.work.doing == "asking"
    wait(lambda: not scan.running)
    assert scan.found is not None
    assert scan.found.facts == made_up().facts
    assert left(tmp_path) == []


def test_the_model_is_there_for_its_user_alone_while_the_scan_lasts(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "import time; time.sleep(60)\n")
    scan = started(given)
    (file,) = (tmp_path / "temporary").rglob("model.safetensors")
    assert file.read_bytes() == b"weights"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    scan.stop()
    assert not scan.running
    assert left(tmp_path) == []
    assert scan.found is None


def test_it_ends_with_the_session_that_held_it(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "import time; time.sleep(60)\n")
    scan = started(given)
    process, gone = scan._apart.process, weakref.ref(scan)
    del scan
    gc.collect()
    assert gone() is None
    wait(lambda: process.poll() is not None)
    assert left(tmp_path) == []


def test_it_ends_with_the_app(tmp_path: Path) -> None:
    """Killed, the app closes nothing: the process sees it, and takes the model with it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "model").touch()
    code = (
        "import sys, time, pathlib; from faceaudit.app.parts.scan.apart import _end_with_parent\n"
        f"_end_with_parent(pathlib.Path({str(folder)!r}))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(SECONDS) == 1
    assert not folder.exists()


def test_one_is_scanned_at_a_time(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "import time; time.sleep(60)\n")
    first = started(given)
    assert begin(given, Asked("file"), b"other", name="other") is None
    first.stop()
    second = started(given)
    second.stop()
    second.stop()


def test_a_process_that_says_what_it_should_not_is_no_finding(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("print('no JSON')\n", "print('[]')\n", said({"found": {"facts": {}}}), ""):
        program(monkeypatch, code)
        scan = started(given)
        wait(lambda scan=scan: not scan.running)  # type: ignore[misc]
        assert (scan.found, scan.error) == (None, "")
        monkeypatch.undo()


def test_a_damaged_model_is_refused_in_words_that_name_no_path(
    given: Settings, tmp_path: Path
) -> None:
    """The real process: nothing in the file is run, and its place is nobody's business."""
    scan = started(given, model()[:5000])
    wait(lambda: not scan.running)
    assert "safetensors" in scan.error
    assert "the file" in scan.error
    assert str(tmp_path) not in scan.error
    assert left(tmp_path) == []


@pytest.mark.slow
def test_a_model_that_nobody_trained_is_scanned_and_leaves_nothing(
    given: Settings, tmp_path: Path
) -> None:
    asked = Asked("file", references=0)
    scan = begin(given, asked, model(), suffix=".safetensors", name="door")
    assert scan is not None
    until = time.monotonic() + 900
    while scan.running:
        assert time.monotonic() < until
        time.sleep(0.5)
    assert scan.error == ""
    assert scan.found is not None
    assert scan.found.facts.people == 12
    assert scan.found.facts.source == "synthetic"
    assert scan.found.ground is not None
    assert scan.found.ground.shape == (55, 47, 3)
    assert set(scan.found.pictured_by) == set(scan.found.pictures)
    assert left(tmp_path) == []
    kept = folder_of(given, STEP) / "cache"
    assert not (kept / "work" / "answers").exists(), "what a model was asked was kept"
    assert any((kept / "faces").iterdir())


# the other side


def run_main(
    given: Settings, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """Run the process's part here, without its limits; return what it says."""
    monkeypatch.setenv(VARIABLE, given.model_dump_json())
    file = given.root.with_name("said")
    monkeypatch.setattr(os, "dup", lambda _: os.open(file, os.O_WRONLY | os.O_CREAT))
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr("signal.alarm", lambda _: None)
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    monkeypatch.setattr(apart, "_end_with_parent", lambda _: None)
    given_in = io.TextIOWrapper(io.BytesIO(json.dumps(asked).encode() + b"\n"))
    monkeypatch.setattr(sys, "stdin", given_in)
    main()
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_scan_is_made_as_it_was_asked_for(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, dict[str, Any]]] = []

    def scanned(system: Any, **options: Any) -> Any:
        seen.append((system, options))
        return made_up("nothing found")

    monkeypatch.setattr(faceaudit, "scan_identifier", scanned)
    folder = tmp_path / "one"
    folder.mkdir()
    asked = {"folder": str(folder), "file": str(folder / "model.h5")}
    (found,) = run_main(given, {**asked, **vars(Asked("file", "deepid", 4))}, monkeypatch)
    assert found == {"found": pack(made_up("nothing found"))}
    ((system, options),) = seen
    assert system == {"system": "file", "path": str(folder / "model.h5")}
    assert options["options"] == {"network": "deepid"}
    assert options["references"] == 4
    assert options["strangers"] == STRANGERS
    assert options["cache"] == folder / "cache"


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (InputError("expected a b in FILE, got\n c"), "expected a b in the file, got c"),
        (MemoryError(), "expected a scan within its memory, got one that needs more"),
        (RuntimeError("can't allocate memory"), "expected a scan within its memory"),
    ],
)
def test_what_goes_wrong_is_said_without_the_place(
    given: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    wanted: str,
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    file = str(folder / "model")

    def scanned(*_: Any, **__: Any) -> Any:
        if isinstance(error, InputError):
            raise InputError(str(error).replace("FILE", file))
        raise error

    monkeypatch.setattr(faceaudit, "scan_identifier", scanned)
    asked = {"folder": str(folder), "file": file, **vars(Asked("file"))}
    (message,) = run_main(given, asked, monkeypatch)
    assert message["error"].startswith(wanted)


def test_no_path_of_the_app_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(folder=tmp_path / "app", faces=f"lfw:{tmp_path}/people")
    folder = tmp_path / "temporary"
    words = (
        f"a {folder}/model b {folder}/cache c {given.root}/x d {tmp_path}/people/ann e {Path.cwd()}"
    )
    wanted = "a the file b a temporary folder/cache c the app's folder/x d the photos/ann e "
    monkeypatch.setenv(VARIABLE, given.model_dump_json())
    assert apart._without_places(words, folder / "model", folder) == f"{wanted}{Path.cwd()}"
    monkeypatch.setenv(VARIABLE, given.model_copy(update={"faces": None}).model_dump_json())
    assert str(Path.cwd()) in apart._without_places(words, folder / "model", folder)


def test_a_scan_that_cannot_be_read_gives_its_place_back_once(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "import time; time.sleep(60)\n")

    def refused(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("threading.Thread.start", refused)
        with pytest.raises(RuntimeError) as caught:
            started(given)
    assert left(tmp_path) == [], "the model stays until somebody collects what is unused"
    other = started(given)
    caught.value.__traceback__ = None
    del caught
    gc.collect()
    assert begin(given, Asked("file"), b"third", name="third") is None
    other.stop()


def test_what_is_kept_is_made_less_before_a_scan_too(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops every scan would else fill the disk with reference networks."""
    done: list[str] = []
    monkeypatch.setattr(apart, "tidy", lambda _: done.append("tidy"))

    def scanned(*_: Any, **__: Any) -> Any:
        done.append("scan")
        raise InputError("expected a model")

    monkeypatch.setattr(faceaudit, "scan_identifier", scanned)
    folder = tmp_path / "one"
    folder.mkdir()
    asked = {"folder": str(folder), "file": str(folder / "model"), **vars(Asked("file"))}
    run_main(given, asked, monkeypatch)
    assert done == ["tidy", "scan"]


def test_photos_and_reference_networks_are_kept_and_answers_are_not(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "work" / "answers" / "reference").mkdir(parents=True)
    cache = share(kept, tmp_path / "cache", photos=True)
    (cache / "faces" / "people").write_text("a")
    (cache / "work" / "references" / "one").write_text("b")
    (cache / "work" / "answers" / "reference" / "rows").write_text("c")
    (cache / "work" / "answers" / "model").write_text("d")
    files = {file.relative_to(kept).as_posix() for file in kept.rglob("*") if file.is_file()}
    assert files == {"faces/people", "work/references/one", "work/answers/reference/rows"}


def test_photos_of_people_who_may_exist_are_not_kept(tmp_path: Path) -> None:
    cache = share(tmp_path / "kept", tmp_path / "cache", photos=False)
    (cache / "faces").mkdir(exist_ok=True)
    (cache / "faces" / "people").write_text("a")
    assert list((tmp_path / "kept" / "faces").iterdir()) == []


def test_the_oldest_go_where_too_much_is_kept(tmp_path: Path) -> None:
    faces, references = tmp_path / "faces", tmp_path / "work" / "references"
    for place, one in enumerate((faces / "old", references / "middle", faces / "new")):
        one.mkdir(parents=True)
        (one / "data").write_bytes(bytes(100))
        os.utime(one, (place, place))
    (faces / "old.lock").touch()
    tidy(tmp_path, most=200)
    assert not (faces / "old").exists()
    assert (references / "middle").exists()
    assert (faces / "new").exists()
    assert (faces / "old.lock").exists()
