"""Runs hostile files through the readers in a process of its own, and names the faults."""

from __future__ import annotations

import json
import os
import random
import selectors
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hostile.readers import READERS

CPU = 10.0
"""CPU seconds that a file may take, at most, all processes together."""
MEMORY = 1 << 30
"""Bytes that a file may take, at most."""
PATIENCE = 300
"""Seconds without an answer, and without work, after which a file is waited for in vain."""


@dataclass
class Found:
    """What came of hostile files.

    Attributes:
        count: files by what came of them: "read" or "refused".
        faults: a line for each file that was neither, with what reproduces it.
        slowest, largest: CPU seconds and bytes of the file that took most, and which.
    """

    count: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")


class Harness:
    """A watched process that reads hostile files, started again when one ends it.

    Args:
        root: a folder of its own.
        samples: what `samples.build` made.
    """

    def __init__(self, root: Path, samples: Path) -> None:
        self._root, self._samples = root, samples
        self._kept = root / "kept"
        self._process: subprocess.Popen[str] | None = None
        self.found = Found()

    def __enter__(self) -> Harness:
        self._kept.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def mutated(self, count: int, seed: int, *, typed: int = 0) -> None:
        """Read so many mutations, the readers taking turns; every `typed`-th by its command."""
        turns = [name for name, reader in READERS.items() for _ in range(reader.share)]
        random.Random(seed).shuffle(turns)
        for number in range(count):
            asked = {"reader": turns[number % len(turns)], "seed": seed, "number": number}
            self.ask({**asked, "typed": bool(typed) and number % typed == 0})

    def files(self, made: Iterable[tuple[str, str, str, Path]], *, typed: Sequence[bool]) -> None:
        """Read files made by hand: reader, the name that it has there, what is wrong, the file."""
        for reader, target, what, file in made:
            for one in typed:
                if READERS[reader].typed is not None or not one:
                    asked = {"reader": reader, "target": target, "file": str(file), "what": what}
                    self.ask({**asked, "typed": one})

    def ask(self, asked: dict[str, Any]) -> None:
        """Let one file be read, and judge what came of it."""
        answer = self._answer(asked)
        kept = answer["came"] not in ("read", "refused")
        reasons = [f"{answer['came']}: {answer.get('said')}"] if kept else []
        if answer.get("cpu", 0) > CPU:
            reasons.append(f"{answer['cpu']} CPU s")
        if answer.get("memory", 0) > MEMORY:
            reasons.append(f"{answer['memory'] >> 20} MB")
        reasons += answer.get("did", [])
        self.found.count[answer["came"]] += 1
        what = json.dumps(asked)
        self.found.slowest = max(self.found.slowest, (answer.get("cpu", 0), what))
        self.found.largest = max(self.found.largest, (answer.get("memory", 0), what))
        if reasons:
            place = self._keep(answer.get("target", ""))
            self.found.faults.append(f"{'; '.join(reasons)} <- {what}, kept in {place}")

    def _keep(self, target: str) -> Path:
        place = self._kept / f"{len(self.found.faults)}-{Path(target).name or 'last'}"
        last = self._root / "run" / "last"
        if last.exists():
            shutil.copyfile(last, place)
        return place

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = _line(process)
        except BrokenPipeError:
            line = ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        hung = process.poll() is None and line is None
        self._end()
        status = process.returncode
        return {"came": "hung" if hung else "lost", "said": f"the process, status {status}"}

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            run = self._root / "run"
            run.mkdir(exist_ok=True)
            for name in ("home", "tmp"):
                (run / name).mkdir(exist_ok=True)
            own = {
                "HOME": str(run / "home"), "TMPDIR": str(run / "tmp"), "OMP_NUM_THREADS": "1",
                "FACEAUDIT_CACHE": str(run / "cache"), "PYTHONDONTWRITEBYTECODE": "1",
                "MPLCONFIGDIR": str(run / "home"), "COLUMNS": "200",
                "TORCHINDUCTOR_CACHE_DIR": str(run / "home" / "inductor"),
                "PYTHONPATH": os.pathsep.join(
                    [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
                ),
            }  # fmt: skip
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hostile.worker", str(run), str(self._samples)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **own},
                cwd=run,
            )
            assert _line(self._process) == "{}\n", "the reading process did not start"
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _line(process: subprocess.Popen[str]) -> str | None:
    """Return the next line; "" where the other side ended, None where it neither talks nor works.

    On a machine that others use too, work may take any time.
    """
    assert process.stdout is not None
    worked = -1
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not selector.select(PATIENCE):
            before, worked = worked, _worked(process.pid)
            if worked <= before:
                return None
    return process.stdout.readline()


def _worked(pid: int) -> int:
    """Return the CPU time of a process and of those that it started, in ticks."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            if pid in (int(stat.parent.name), int(fields[1])):
                ticks += int(fields[11]) + int(fields[12])
    return ticks
