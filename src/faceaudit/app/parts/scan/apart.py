"""A scan of a model that somebody brought, in a process of its own.

The model is in a folder of the app's user alone for as long as the scan lasts, with whatever it was
asked; both go with the scan, with the session, and with the app. Only reference networks, which are
trained on people who do not exist, are kept for the next scan.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from faceaudit.app.parts.scan.cache import share, tidy
from faceaudit.app.parts.scan.kept import pack, unpack
from faceaudit.app.parts.scan.prepared import STEP, STRANGERS
from faceaudit.app.prepared import folder_of
from faceaudit.app.settings import VARIABLE, Settings, settings
from faceaudit.app.work import Work, of_beat
from faceaudit.errors import FaceAuditError
from faceaudit.files.temporary import TemporaryFolder
from faceaudit.progress import Watched

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

MODULE = "faceaudit.app.parts.scan.apart"
AT_ONCE = 1
"""Scans of models that were brought, at a time."""
SECONDS = 45 * 60
"""After so many seconds a scan is ended."""
MEMORY = 8 * 1024**3
"""Bytes of memory that a scan may take."""
NICE = 5
"""The app's pages come first where cores are few."""
_free = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Asked:
    """What is to be scanned, and how.

    Attributes:
        door: `file` or `onnx`.
        network: of weights that do not say theirs; "" where they do.
        references: clean networks to train and scan alike.
        strangers: the source of the people whom it is asked about; None: who do not exist.
    """

    door: str
    network: str = ""
    references: int = 8
    strangers: str | None = None


@dataclass(eq=False)
class _Apart:
    """The process, and what is known of it; shared by the thread that reads and by its owner."""

    process: subprocess.Popen[bytes]
    folder: TemporaryFolder
    place: ExitStack
    beat: Mapping[str, Any] = field(default_factory=dict)
    found: IdentifierScan | None = None
    error: str = ""
    ending: bool = False
    ended: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def read(self) -> None:
        """Take what the process says until it ends."""
        assert self.process.stdout is not None
        with self.process.stdout as said:
            try:
                for line in said:
                    message = json.loads(line)
                    if "found" in message:
                        self.found = unpack(message["found"])
                    self.error = message.get("error", self.error)
                    self.beat = message.get("beat", self.beat)
            except (ValueError, KeyError, TypeError, AttributeError, OSError):
                pass  # cut short: it ends without a finding
            finally:
                self.end()

    def end(self) -> None:
        """End the process, and forget the model; more than once does no harm."""
        with self.lock:
            if self.ending:  # or ended: whoever came first has done it
                return
            self.ending = True
            self.process.kill()
            self.process.wait()
            assert self.process.stdin is not None
            with suppress(BrokenPipeError):
                self.process.stdin.close()
            self.folder.close()
            self.ended = True
            self.place.close()


class Scanning:
    """A scan that is under way, or done; it ends with this object.

    Args:
        given: of the app.
        asked: how to scan.
        model: its bytes, or the path of its file.
        suffix: what its file is called at the end, as in ".onnx"; for bytes.
        name: of the model, as whoever brought it calls it.
        place: among those at a time; closed when it ends.

    Attributes:
        brought: whether the model was uploaded: a file of this machine stays where it is.
    """

    def __init__(
        self,
        given: Settings,
        asked: Asked,
        model: bytes | Path,
        *,
        suffix: str = "",
        name: str,
        place: ExitStack,
    ) -> None:
        self.name, self.asked, self.brought = name, asked, isinstance(model, bytes)
        folder = TemporaryFolder()
        file = folder.path / f"model{suffix}" if isinstance(model, bytes) else model
        if isinstance(model, bytes):
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                out.write(model)
        process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, VARIABLE: given.model_dump_json()},
        )
        self._apart = apart = _Apart(process, folder, place)
        self._close = weakref.finalize(self, apart.end)
        wanted = {"folder": str(folder.path), "file": str(file), **vars(asked)}
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            # It stays open: the process ends when this one does.
            with suppress(BrokenPipeError):  # the reader sees that it ended
                process.stdin.write(json.dumps(wanted).encode() + b"\n")
                process.stdin.flush()
            threading.Thread(target=apart.read, daemon=True).start()
        except BaseException:  # nobody reads what it says
            self.stop()
            process.stdout.close()
            raise

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return not self._apart.ended

    @property
    def found(self) -> IdentifierScan | None:
        """What it found; None where it is under way, or found nothing for `error`."""
        return self._apart.found

    @property
    def error(self) -> str:
        """Why it ended without a finding; "" where it says nothing of that."""
        return self._apart.error

    @property
    def work(self) -> Work:
        """How far it is."""
        return of_beat(self._apart.beat)

    def stop(self) -> None:
        """End it; the model is gone then."""
        self._close()


def begin(
    given: Settings, asked: Asked, model: bytes | Path, *, suffix: str = "", name: str
) -> Scanning | None:
    """Start a scan; None where as many are under way as may be.

    Raises:
        OSError: there is no room for the model.
        RuntimeError: there is no further thread to be had.
    """
    if not _free.acquire(blocking=False):
        return None
    place = ExitStack()
    place.callback(_free.release)  # once, whoever closes it first
    try:
        return Scanning(given, asked, model, suffix=suffix, name=name, place=place)
    except BaseException:
        place.close()
        raise


def main() -> None:
    """Scan a model for another process: what is asked comes in, what is found goes out."""
    # Whatever a library prints is no message.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        asked = json.loads(sys.stdin.buffer.readline())
        threading.Thread(
            target=_end_with_parent, args=(Path(asked["folder"]),), daemon=True
        ).start()
        os.nice(NICE)
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        _scan(asked, out)


def _scan(asked: Mapping[str, Any], out: IO[bytes]) -> None:
    """Scan what is asked, and say what is found or why nothing is."""
    folder, file = Path(asked["folder"]), Path(asked["file"])
    kept = folder_of(settings(), STEP) / "cache"
    cache = share(kept, folder / "cache", photos=asked["strangers"] is None)
    tidy(kept)  # here too: scans that are stopped leave networks and do not come to their end
    import faceaudit  # noqa: PLC0415 - after the limits

    try:
        with _Told(out) as progress:
            found = faceaudit.scan_identifier(
                {"system": asked["door"], "path": str(file)},
                strangers=asked["strangers"] or STRANGERS,
                references=asked["references"],
                options={"network": asked["network"]} if asked["network"] else {},
                cache=cache,
                progress=progress,
            )
    except FaceAuditError as error:
        _send(out, {"error": _without_places(str(error), file, folder)})
        return
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "alloc" not in str(error):
            raise  # PyTorch has no other kind for too little memory
        _send(out, {"error": "expected a scan within its memory, got one that needs more"})
        return
    _send(out, {"found": pack(found)})
    tidy(kept)


def _without_places(words: str, file: Path, folder: Path) -> str:
    """Return what went wrong, on one line, without the paths of what the app has."""
    root, faces = settings().root, settings().faces
    places = {file: "the file", folder: "a temporary folder"}
    places |= dict.fromkeys((root.absolute(), root), "the app's folder")
    if faces:
        gallery = Path(faces.rpartition(":")[2])
        places |= dict.fromkeys((gallery.expanduser().absolute(), gallery), "the photos")
    for place in sorted(places, key=lambda one: len(str(one)), reverse=True):
        if "/" in str(place):
            words = words.replace(str(place), places[place])
    return " ".join(words.split())


class _Told(Watched):
    """Progress that another process is told of."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__(every=1.0)
        self._out = out

    def tell(self) -> None:
        """Say how far the scan is."""
        tasks = [
            {
                "doing": task.title,
                "done": task.done,
                "total": task.total,
                "seconds_left": task.seconds_left,
            }
            for task in self.tasks[:]
        ]
        _send(self._out, {"beat": {"tasks": tasks}})


def _end_with_parent(folder: Path) -> None:
    """Wait until the process that asked is gone, and end with it."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _send(out: IO[bytes], message: Mapping[str, Any]) -> None:
    out.write(json.dumps(message).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
