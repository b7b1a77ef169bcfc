"""Runs in processes of their own, and what they leave, file by file."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from disasters import events
from faceaudit.store import Store

UNTOLD = ("heartbeat.json", "report.html")
"""Files of a store that hold times, and are made anew by each run."""
TIMED = {"run.json": ("started", "seconds", "sha256")}
"""The keys that hold times in other files; the sha256 is of the file itself, times included."""

PATIENCE = 3600.0
"""Seconds after which a run is taken for one that hangs; others may use the machine, too."""

forked = multiprocessing.get_context("forkserver")
forked.set_forkserver_preload(["disasters.warm"])


@dataclass(frozen=True)
class Begun:
    """A run that began.

    Attributes:
        process: where it runs.
        said: the file of what it prints.
        count: the file that grows by a byte an event.
    """

    process: BaseProcess
    said: Path
    count: Path

    def end(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; return the exit status, below 0 for the signal that ended it."""
        self.process.join(seconds)
        code = self.process.exitcode
        assert code is not None, f"it did not end in {seconds} s: {self.text()}"
        return code

    def events(self) -> int:
        """Return how many events there were."""
        return self.count.stat().st_size if self.count.exists() else 0

    def complaint(self) -> str:
        """Return the line that says what went wrong: there is one, and no traceback."""
        text = self.text()
        assert "Traceback" not in text, text
        (line,) = [line for line in text.splitlines() if line.startswith("error: ")]
        return line

    def text(self) -> str:
        """Return all that it printed."""
        return self.said.read_text(encoding="utf-8", errors="replace")


def begin(
    argv: list[str],
    logs: Path,
    *,
    root: Path | None = None,
    at: int = 0,
    what: str = "kill",
    report: bool = False,
    environment: dict[str, str] | None = None,
) -> Begun:
    """Begin a command of `faceaudit` in a process of its own.

    Args:
        argv: the words after `faceaudit`.
        logs: a folder for what it prints and the count of its events, on no disk that fails.
        root: the folder whose events count.
        at: the number of the event of the disaster, from 1; 0 for never.
        what: the disaster, as in `events.begin`.
        report: let a run write its report, which takes longer than all else.
        environment: variables besides those of this process; with TALLY, a file, each case and
            system is told there when it is written, and EXPIRES are the seconds of a lease.
    """
    logs.mkdir(parents=True, exist_ok=True)
    number = len(list(logs.glob("*.said")))
    said, count = logs / f"{number:03}.said", logs / f"{number:03}.count"
    said.touch()
    disaster = None if root is None else (str(root), str(count), at, what)
    process = forked.Process(
        target=_command, args=(argv, str(said), disaster, report, environment or {}), daemon=True
    )
    process.start()
    return Begun(process, said, count)


def _command(
    argv: list[str],
    said: str,
    disaster: tuple[str, str, int, str] | None,
    report: bool,
    environment: dict[str, str],
) -> None:
    """Be `faceaudit` with these words, to the end of this process."""
    import fsspec  # noqa: PLC0415 - it is loaded here already
    import torch  # noqa: PLC0415 - so is this

    from faceaudit import entry  # noqa: PLC0415
    from faceaudit.api import audits  # noqa: PLC0415
    from faceaudit.store import leases  # noqa: PLC0415
    from faceaudit.training import loop  # noqa: PLC0415

    os.setsid()
    for variable in ("FACEAUDIT_CACHE", "DISASTER"):
        os.environ.pop(variable, None)
    os.environ.update(environment)
    fsspec.config.set_conf_env(fsspec.config.conf)  # which it read when it was loaded
    out = os.open(said, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})  # one thread: the same bits
    torch.set_num_threads(1)
    if not report:
        audits.write_report = lambda *_, **__: None
    loop.CHECKPOINT_SECONDS = 0.0
    if "TALLY" in os.environ:
        _tally(Path(os.environ["TALLY"]))
    if "EXPIRES" in os.environ:
        leases.EXPIRES, leases.LOOKS = float(os.environ["EXPIRES"]), 0.2
    if disaster is not None:
        events.begin(*disaster)
    sys.argv = ["faceaudit", *argv]
    try:
        entry.main()
    except SystemExit:
        sys.stdout.flush()
        raise
    except BaseException:
        traceback.print_exc()
        raise


def _tally(path: Path) -> None:
    """Write the id of each case and system to a file once it is computed."""
    for name in ("write_case", "write_system"):
        setattr(Store, name, _told(getattr(Store, name), path))


def _told(write: Callable[[Store, Any], None], path: Path) -> Callable[[Store, Any], None]:
    def told(store: Store, record: Any) -> None:
        write(store, record)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{record.id}\n")

    return told


def counted(path: Path) -> Counter[str]:
    """Return how often each case and system was computed."""
    return Counter(path.read_text(encoding="utf-8").split())


def write_plan(path: Path, plan: dict[str, Any]) -> Path:
    """Write a plan; JSON is YAML."""
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def left(store: Path) -> dict[str, str]:
    """Return a digest of every file of a store by its path, times left out."""
    files = [path for path in sorted(store.rglob("*")) if not path.is_dir()]
    return digests((path.relative_to(store).as_posix(), path.read_bytes()) for path in files)


def digests(files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Return a digest of every file by its path in the store, times left out."""
    return {
        name: hashlib.sha256(_without(content, TIMED.get(name, ()))).hexdigest()
        for name, content in files
        if name not in UNTOLD
    }


def _without(content: bytes, keys: Iterable[str]) -> bytes:
    if not keys:
        return content
    try:
        values = json.loads(content)
    except ValueError:
        return content
    for key in keys:
        values.pop(key, None)
    return json.dumps(values).encode()


def differences(store: Path | dict[str, str], sound: dict[str, str]) -> list[str]:
    """Return what differs between a store, or what `left` said of it, and a sound one."""
    now = store if isinstance(store, dict) else left(store)
    return [
        f"{name}: {'missing' if name not in now else 'more' if name not in sound else 'other'}"
        for name in sorted(now.keys() | sound.keys())
        if now.get(name) != sound.get(name)
    ]


def work_of(left: dict[str, str]) -> dict[str, str]:
    """Return only cases and systems of what is left."""
    return {name: told for name, told in left.items() if name.startswith(("cases/", "systems/"))}


def lies(store: Path, sound: dict[str, str]) -> list[str]:
    """Return the files of cases and systems that a store calls complete, yet differ from sound."""
    if not store.exists():
        return []
    opened = Store(str(store))
    cases = [f"cases/{case}" for case in opened.case_ids()]
    systems = (store / "systems").glob("*") if (store / "systems").exists() else ()
    kept = cases + [f"systems/{one.name}" for one in systems if opened.has_system(one.name)]
    return [
        difference
        for difference in differences(store, sound)
        if any(difference.startswith(f"{folder}/") for folder in kept)
    ]
