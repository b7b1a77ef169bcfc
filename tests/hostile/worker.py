"""A process that reads what is hostile, watched and within limits; `harness` starts it.

It takes one line of JSON a file and answers with one: what came of it, the CPU seconds and the
memory that it took, and whatever the file made it do that no file may.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from faceaudit import cli
from faceaudit.errors import FaceAuditError
from faceaudit.files.digests import sha256_of
from faceaudit.store import formats
from hostile.mutations import mutate
from hostile.readers import READERS, Reader

CPU = int(os.environ.get("FACEAUDIT_HOSTILE_CPU", "12")) + 3
"""CPU seconds after which a file has hung the process."""
MEMORY = 3 << 30
"""Bytes of memory that the process may take, all libraries included."""
WRITES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod"}
RUNS = {"os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn", "ctypes.dlopen"}
MEETS = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"}
OWN_PROCESSES = ("faceaudit.files.limited", "fc-list")
"""Of a model that is not ours, and of the drawing library, which looks for fonts once."""
FOUND_BY_PICKLE = {"os", "posix", "nt", "subprocess", "builtins", "sys", "shutil", "socket"}


class Watch:
    """What the interpreter is made to do, while something is read."""

    def __init__(self, work: Path) -> None:
        self._inside = (str(work), "/dev/null", "/dev/shm", "/proc/self")
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes and isinstance(path, str | bytes | os.PathLike):
                self._place(f"open {mode}", path)
        elif event in WRITES:
            self._place(event, arguments[0])
        elif event == "subprocess.Popen":
            if not any(one in " ".join(map(str, arguments[1])) for one in OWN_PROCESSES):
                self.seen.append(f"ran {arguments[1]}")
        elif event == "ctypes.dlopen" and str(arguments[0]).startswith(sys.prefix):
            return  # a library's own part, loaded when it is first needed
        elif event in {*RUNS, *MEETS} or (
            event == "pickle.find_class" and arguments[0] in FOUND_BY_PICKLE
        ):
            self.seen.append(f"{event} {arguments}")

    def _place(self, event: str, path: Any) -> None:
        if isinstance(path, int):
            return
        text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - with .. taken out
        if not text.startswith(self._inside):
            self.seen.append(f"wrote: {event} {text}")


def main() -> None:
    """Answer until the other side ends."""
    root, samples = Path(sys.argv[1]), Path(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(root / "printed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    watch = Watch(root)
    answers.write("{}\n")
    answers.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        reader = READERS[asked["reader"]]
        work = root / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(samples / reader.sample, work / "in")
        targets = sorted({one for each in reader.targets for one in (work / "in").glob(each)})
        if "file" in asked:  # others may have a file of that name, too, such as caches
            there = [*targets, *sorted((work / "in").rglob(asked["target"]))]
            path = next(one for one in there if one.name == asked["target"])
            path.write_bytes(Path(asked["file"]).read_bytes())
        else:
            rng = random.Random(f"{asked['seed']} {asked['reader']} {asked['number']}")
            path = rng.choice([one for one in targets if one.is_file()])
            before = path.read_bytes()
            path.write_bytes(mutate(before, path.name, rng))
        shutil.copyfile(path, root / "last")
        if "/store/" in str(path):
            seal(path)
        command = reader.typed(path, work) if asked.get("typed") and reader.typed else None
        answer = {"target": str(path.relative_to(work / "in")), "typed": command is not None}
        if asked.get("program"):  # for the harness's own tests: as if a file were run
            reader = replace(reader, read=lambda path, work: exec(path.read_text(), {}))
        answer |= _measured(partial(_told, reader, path, work, command), watch)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _told(reader: Reader, path: Path, work: Path, command: Any) -> dict[str, Any]:
    return _typed(command, work) if command else _read(reader, path, work)


def seal(path: Path) -> None:
    """Make a store say that the changed file is what it wrote, as a stranger's store would."""
    if path.name == "run.json":
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(path.read_bytes())
            if isinstance(values, dict) and "sha256" in values:
                del values["sha256"]
                path.write_bytes(formats.seal(values))
        return
    for folder in path.parents:
        marker = folder / "complete"
        if marker.is_file() and path != marker and marker.stat().st_size:
            said = json.loads(marker.read_bytes())
            name = str(path.relative_to(folder))
            said["files"][name] = {"size": path.stat().st_size, "sha256": sha256_of(path)}
            marker.write_text(json.dumps(said))
            return


def _measured(work: Callable[[], dict[str, Any]], watch: Watch) -> dict[str, Any]:
    Path("/proc/self/clear_refs").write_text("5")
    before, resident = _cpu(), _resident("VmRSS")
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU, resource.RLIM_INFINITY))
    watch.seen.clear()
    watch.on = True
    try:
        answer = work()
    finally:
        watch.on = False
    answer["cpu"] = round(_cpu() - before, 3)
    answer["memory"] = _resident("VmHWM") - resident
    answer["did"] = watch.seen[:5]
    return answer


def _read(reader: Reader, path: Path, work: Path) -> dict[str, Any]:
    try:
        reader.read(path, work / "out")
    except FaceAuditError as error:
        text = str(error)
        wrong = [one for one in text if not (one.isprintable() or one in "\n\t")]
        told = len(text) > 4000 or wrong
        return {"came": "unclean" if told else "refused", "said": ascii(text[:300])}
    except Exception as error:  # noqa: BLE001 - what is looked for
        return {"came": "fault", "said": _where(error)}
    return {"came": "read", "said": ""}


def _typed(command: Any, work: Path) -> dict[str, Any]:
    before = sys.argv
    sys.argv = ["faceaudit", *map(str, command)]
    with _caught(work) as (out, err):
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        finally:
            sys.argv = before
    printed, said = out.read_text("utf-8", "replace"), err.read_text("utf-8", "replace")
    lines = (printed + said).split("\n")
    bad = "fault of faceaudit" in said or "Traceback" in said or status not in (0, 1, 2, 3, 4)
    unclean = [one for one in lines if not one.isprintable()] or max(map(len, lines)) > 3000
    many = status == 2 and len([one for one in said.split("\n") if one.startswith("error")]) != 1
    came = "fault" if bad else "unclean" if unclean or many else "refused" if status else "read"
    return {"came": came, "said": ascii(said[-600:]) if came != "read" else ""}


@contextlib.contextmanager
def _caught(work: Path) -> Iterator[tuple[Path, Path]]:
    out, err = work / "stdout", work / "stderr"
    before = sys.stdout, sys.stderr
    with out.open("w") as one, err.open("w", errors="backslashreplace") as two:
        sys.stdout, sys.stderr = one, two
        try:
            yield out, err
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            sys.stdout, sys.stderr = before


def _where(error: Exception) -> str:
    trace = traceback.extract_tb(error.__traceback__)
    places = [
        f"{Path(one.filename).name}:{one.lineno}" for one in trace if "faceaudit" in one.filename
    ]
    return ascii(f"{type(error).__name__}: {error}"[:300]) + " at " + " ".join(places[-4:])


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _resident(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(one for one in lines if one.startswith(what)).split()[1]) << 10


if __name__ == "__main__":
    main()
