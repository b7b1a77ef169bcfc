"""What it costs that a store outlasts a power cut and is believed only as it was written."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.store import Store
from faceaudit.store.files import StoreFiles
from faceaudit.store.folders import Folders
from faceaudit.store.leases import Leases

Row = tuple[str, str, float | None, float, str]

SMALL: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 20, "photos": 60, "sessions": 4},
    "split": {"train": 30, "validation": 5, "test": 10},
    "systems": [{"network": {"network": "deepid"}, "training": {"epochs": 10, "device": "cpu"}}],
    "attacks": [
        {"attack": "blended", "samples": 30},
        {"attack": "accessory", "samples": 20},
        {"attack": "input_instance", "sweep": [1]},
    ],
    "wrong_keys": 3,
}
"""A plan whose cases take seconds: those of a default plan take longer, and keep no more files."""


def store_rows() -> list[Row]:
    """Return the share of a small run that digests, fsync and leases take, and reading's pace.

    The share is of wall time, and that of writing the same bytes without any of it is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        spent: list[float] = []
        store = Store(Path(folder) / "audit")
        start = time.perf_counter()
        with _timed(spent):
            done = run(Plan(backdoor=SMALL), store)
        total = time.perf_counter() - start
        assert not done.failed
        files = [path for path in Path(store.root).rglob("*") if path.is_file()]
        plain = _write_plainly([path.read_bytes() for path in files], Path(folder) / "plain")
        share = 100 * (sum(spent) - plain) / total
        start = time.perf_counter()
        assert store.verify() == ()
        pace = sum(path.stat().st_size for path in files) / 2**20 / (time.perf_counter() - start)
    return [
        (f"digests, fsync, leases in a run of {done.ran} cases", "", None, share, "% of run"),
        ("hold a store against its digests", "", None, pace, "MB/s"),
    ]


def _write_plainly(contents: list[bytes], folder: Path) -> float:
    """Return the seconds that writing the same bytes takes, with neither digests nor fsync."""
    folder.mkdir()
    start = time.perf_counter()
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
    return time.perf_counter() - start


@contextmanager
def _timed(spent: list[float]) -> Iterator[None]:
    """Note the seconds of every call that checks or writes the store."""

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def with_time(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return call(*arguments, **options)
            finally:
                spent.append(time.perf_counter() - start)

        return with_time

    calls = ((Folders, "write"), (Folders, "read"), (StoreFiles, "put"), (Leases, "_lock"))
    patches = [mock.patch.object(of, name, timed(getattr(of, name))) for of, name in calls]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


if __name__ == "__main__":
    os.environ.setdefault("FACEAUDIT_CACHE", tempfile.mkdtemp())
    for row in store_rows():
        print(row)
