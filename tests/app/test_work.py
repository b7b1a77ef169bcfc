"""Long work: one of a name, watched, stopped, and never left behind."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from faceaudit.app import keeper, work
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.errors import InputError, StoreError

SLEEP = ["-c", "import time; print('begun', flush=True); time.sleep(60)"]


@pytest.fixture
def settings(tmp_path):
    """Settings of an app whose work is ended with the test."""
    given = Settings(folder=tmp_path / "app")
    yield given
    for folder in (given.root / "work").glob("*"):
        numbers = json.loads((folder / keeper.PROCESS).read_text())
        for number in (numbers["keeper"], numbers["process"]):
            keeper.send(number, signal.SIGKILL)


def wait_for(condition, seconds=15.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("expected it to come true, got the end of the time for it")


def ended(settings, name="one"):
    return wait_for(lambda: (w := work.look(settings, name)).state != "running" and w)


def numbers(settings, name="one"):
    return json.loads((work.folder_of(settings, name) / keeper.PROCESS).read_text())


def alive(process):
    """Whether a process is there, one that nobody waited for (a zombie) too."""
    return keeper.born(process) is not None


def is_zombie(process):
    try:
        return " Z " in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_what_was_never_started_is_absent(settings):
    assert work.look(settings, "one") == work.Work("absent")
    work.stop(settings, "one")  # nothing to end: nothing happens


def test_work_that_ends_well_is_finished_and_leaves_no_process(settings):
    work.start(settings, "one", ["-c", "print('all is made')"])
    found = ended(settings)
    assert found.state == "finished"
    assert found.status == 0
    assert found.share == 1.0
    assert found.log == "all is made"
    wait_for(lambda: not alive(numbers(settings)["keeper"]))


def test_work_is_given_the_settings_and_no_input(settings):
    code = f"import os, sys; print(os.environ[{VARIABLE!r}], sys.stdin.read() == '')"
    work.start(settings, "one", ["-c", code])
    found = ended(settings)
    assert found.log == f"{settings.model_dump_json()} True"


@pytest.mark.parametrize(("status", "state"), [(0, "finished"), (3, "finished"), (1, "failed")])
def test_exit_statuses_that_are_fine_are_said(settings, status, state):
    work.start(settings, "one", ["-c", f"raise SystemExit({status})"], fine=(0, 3))
    found = ended(settings)
    assert (found.state, found.status) == (state, status)


def test_a_killed_process_failed_with_its_last_lines(settings):
    work.start(settings, "one", SLEEP)
    wait_for(lambda: work.look(settings, "one").log == "begun")
    assert work.look(settings, "one").state == "running"
    os.kill(numbers(settings)["process"], signal.SIGKILL)
    found = ended(settings)
    assert found.state == "failed"
    assert found.status == -signal.SIGKILL
    assert found.log == "begun"


def test_work_is_running_while_any_of_its_processes_is(settings):
    work.start(settings, "one", SLEEP)
    wait_for(lambda: work.look(settings, "one").log == "begun")
    os.kill(numbers(settings)["keeper"], signal.SIGKILL)
    wait_for(lambda: not alive(numbers(settings)["keeper"]))
    assert work.look(settings, "one").state == "running"
    work.stop(settings, "one")  # nobody is there to pass it on
    assert ended(settings).state == "stopped"


def test_both_killed_is_failed_and_can_be_started_again(settings):
    work.start(settings, "one", SLEEP)
    for process in ("keeper", "process"):
        os.kill(numbers(settings)[process], signal.SIGKILL)
    assert ended(settings).state == "failed"
    work.start(settings, "one", ["-c", "print('again')"])
    found = ended(settings)
    assert found.state == "finished"
    assert found.log == "again"


def test_one_that_is_stopped_is_interrupted_first(settings):
    code = (
        "import time\ntry:\n print('begun', flush=True)\n time.sleep(60)\n"
        "except KeyboardInterrupt:\n print('kept: half'); raise SystemExit(130)"
    )
    work.start(settings, "one", ["-c", code])
    wait_for(lambda: work.look(settings, "one").log == "begun")
    work.stop(settings, "one")
    found = ended(settings)
    assert found.state == "stopped"
    assert found.status == 130
    assert found.log.endswith("kept: half")
    assert not found.stopping


def test_one_that_does_not_listen_is_ended_with_more_weight(settings):
    code = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('begun', flush=True)\ntime.sleep(60)"
    )
    folder = work.folder_of(settings, "one")
    folder.mkdir(parents=True)
    reads, ready = os.pipe()
    keeping = (
        "import sys; from faceaudit.app import keeper; keeper.PATIENCE = 0.3;"
        f"sys.argv = ['', {str(folder)!r}, '{ready}', '{ready}', '--', '-c', {code!r}];"
        "keeper.main()"
    )
    process = subprocess.Popen([sys.executable, "-c", keeping], pass_fds=(ready,))
    os.close(ready)
    os.read(reads, 1)
    os.close(reads)
    log = folder / keeper.LOG
    wait_for(lambda: log.exists() and log.read_bytes() == b"begun\n")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert json.loads((folder / keeper.ENDED).read_text()) == {"status": -signal.SIGTERM}


def test_children_of_the_work_end_with_it(settings):
    code = (
        "import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(60)']).pid, flush=True)"
    )
    work.start(settings, "one", ["-c", code])
    child = int(ended(settings).log)
    wait_for(lambda: not alive(child) or is_zombie(child))  # whoever adopted it is to wait for it


def test_of_many_who_start_it_at_once_one_does(settings):
    code = "import os, time; time.sleep(1); open(os.environ['HERE'], 'a').write('x')"
    here = settings.root / "runs"
    settings.root.mkdir()
    command = ["-c", f"import os; os.environ['HERE'] = {str(here)!r}\n{code}"]
    threads = [
        threading.Thread(target=work.start, args=(settings, "one", command)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended(settings).state == "finished"
    assert here.read_text() == "x"


def test_looking_never_keeps_work_from_being_started(settings):
    over = threading.Event()

    def look():
        while not over.is_set():
            work.look(settings, "one")

    work.start(settings, "one", ["-c", "print(0)"])
    ended(settings)
    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for number in range(1, 5):
            work.start(settings, "one", ["-c", f"print({number})"])
            wait_for(lambda number=number: work.look(settings, "one").log == str(number))
            ended(settings)
    finally:
        over.set()
        for looker in lookers:
            looker.join()


def test_how_far_it_is_comes_from_its_heartbeat(settings):
    work.start(settings, "one", SLEEP)
    outer = {"doing": "cases", "done": 1, "total": 4, "seconds_left": 90}
    inner = {"doing": "training", "done": 3, "total": None, "seconds_left": None}
    beat = {"state": "running", "tasks": [outer, inner]}
    work.heartbeat_of(settings, "one").write_text(json.dumps(beat))
    found = work.look(settings, "one")
    assert (found.doing, found.share, found.seconds_left) == ("cases: training", 0.25, 90)
    for broken in ("", "{", "[]", json.dumps({"tasks": []})):
        work.heartbeat_of(settings, "one").write_text(broken)
        assert work.look(settings, "one").state == "running"


def test_a_log_stays_short_and_private(settings):
    code = "for n in range(40_000): print(f'line {n}')"
    work.start(settings, "one", ["-c", code])
    found = ended(settings)
    log = work.folder_of(settings, "one") / keeper.LOG
    assert log.stat().st_size <= keeper.MOST
    assert found.log.splitlines()[-1] == "line 39999"
    assert len(found.log.splitlines()) == work.LINES
    for folder in (settings.root, log.parent.parent, log.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in log.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_it_outlives_the_app_and_is_known_to_the_next_one(settings):
    app = (
        "import sys; from faceaudit.app import work; from faceaudit.app.settings import Settings\n"
        "work.start(Settings(folder=sys.argv[1]), 'one', "
        "['-c', 'import time; print(1, flush=True); time.sleep(1); print(2)'])"
    )
    subprocess.run([sys.executable, "-c", app, str(settings.folder)], check=True)
    assert work.look(settings, "one").state == "running"
    found = ended(settings)
    assert (found.state, found.status, found.log) == ("finished", 0, "1\n2")


@pytest.mark.parametrize("name", ["", "../one", "a/b", "Up", ".hidden", "a" * 81])
def test_a_name_that_could_leave_the_folder_is_refused(settings, name):
    with pytest.raises(InputError, match="expected a name"):
        work.start(settings, name, SLEEP)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="expected a folder for the app that can be written"):
        work.start(Settings(folder=tmp_path / "file"), "one", SLEEP)
